import { expect, it } from 'vitest';
import './panel';

const OURS = 'https://crisislink.example';

function panel() {
  const made = document.createElement('crisislink-panel');
  made.setAttribute('src', `${OURS}/embed/hopital`);
  made.setAttribute('case-ref', '31-88214');
  document.body.append(made);
  const frame = made.shadowRoot?.querySelector('iframe') as HTMLIFrameElement;
  const said: [unknown, string, Transferable[]][] = [];
  const content = { postMessage: (...all: [unknown, string, Transferable[]]) => said.push(all) };
  Object.defineProperty(frame, 'contentWindow', { value: content });
  const hears = (source: unknown, origin: string, data: unknown) =>
    window.dispatchEvent(Object.assign(new Event('message'), { source, origin, data }));
  return { made, frame, content, said, hears };
}

it('frames CrisisLink without a way out of the frame', () => {
  const { made, frame } = panel();
  expect(frame.src).toBe(`${OURS}/embed/hopital`);
  const sandbox = frame.getAttribute('sandbox') ?? '';
  expect(sandbox).not.toMatch(/top-navigation|allow-forms|allow-modals/);
  made.remove();
});

it('gives its port to its own frame at its own origin, and to nobody else', () => {
  const { made, content, said, hears } = panel();
  const ready = { type: 'crisislink:ready' };
  hears({}, OURS, ready);
  hears(content, 'https://evil.example', ready);
  hears(content, OURS, { type: 'other' });
  hears(content, OURS, null);
  expect(said).toEqual([]);
  hears(content, OURS, ready);
  expect(said).toHaveLength(1);
  expect(said[0]?.[0]).toMatchObject({ type: 'crisislink:connect', setting: { caseRef: '31-88214' } });
  expect(said[0]?.[1]).toBe(OURS);
  expect(said[0]?.[2]).toHaveLength(1);
  made.remove();
  hears(content, OURS, ready);
  expect(said).toHaveLength(1);
});
