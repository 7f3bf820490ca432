import { expect, it } from 'vitest';
import { type Host, hosted } from './host';

const LRM = 'https://lrm.chu.example';
const setting = { theme: 'light', language: 'fr', incident: null, caseRef: '31-88214' };

/** A window inside another, and what it said to that one. */
function inside(around?: string) {
  const said: [unknown, string][] = [];
  const parent = { postMessage: (message: unknown, to: string) => said.push([message, to]) };
  const target = new EventTarget();
  const location = { ancestorOrigins: around === undefined ? undefined : [around] };
  const here = Object.assign(target, { parent, location }) as unknown as Window;
  const hears = (source: unknown, origin: string, data: unknown, ports: readonly unknown[]) =>
    target.dispatchEvent(Object.assign(new Event('message'), { source, origin, data, ports }));
  return { here, parent, said, hears };
}

const settled = async (waited: Promise<Host>) => Promise.race([waited, Promise.resolve(null)]);

it('believes its own parent, at an origin that the service names, with a port, and nobody else', async () => {
  const { here, parent, hears } = inside();
  const waited = hosted([LRM], here);
  const port = { postMessage: () => {} };
  const connect = { type: 'crisislink:connect', setting };
  hears({}, LRM, connect, [port]);
  hears(parent, 'https://evil.example', connect, [port]);
  hears(parent, `${LRM}.evil.example`, connect, [port]);
  hears(parent, LRM, { type: 'other', setting }, [port]);
  hears(parent, LRM, { type: 'crisislink:connect' }, [port]);
  hears(parent, LRM, connect, []);
  hears(parent, LRM, null, [port]);
  expect(await settled(waited)).toBeNull();
  hears(parent, LRM, connect, [port]);
  expect(await waited).toMatchObject({ origin: LRM, setting });
});

it('says that it is ready to those pages alone, and to the one around it where the browser tells which', () => {
  const two = [LRM, 'https://lrm-2.chu.example'];
  const blind = inside();
  void hosted(two, blind.here);
  expect(blind.said.map(([, to]) => to)).toEqual(two);
  const told = inside(LRM);
  void hosted(two, told.here);
  expect(told.said).toEqual([[{ type: 'crisislink:ready' }, LRM]]);
});
