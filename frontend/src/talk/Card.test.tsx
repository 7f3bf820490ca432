import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const { sent } = vi.hoisted(() => {
  const sent: string[] = [];
  globalThis.fetch = async (request) => {
    sent.push(new URL((request as Request).url).pathname);
    return Response.json({});
  };
  return { sent };
});
const { setShortcuts } = await import('../pages/samu/shortcuts');
const { fromSnapshot } = await import('../state/room');
const { me } = await import('../state/store');
const { Card } = await import('./Card');

const grant = {
  id: 'gr_1',
  ref: 'K7M2Q',
  incident: 'inc_1',
  beneficiary: 'org_samu',
  owner: 'org_city',
  state: 'active',
  starts_at: '2026-11-23T08:00:00Z',
  views: [{ camera: 'cam_1', ended_at: null }],
};
const wish = {
  id: 'msg_1',
  grant: 'gr_1',
  organisation: 'org_samu',
  author: 'per_1',
  kind: 'wish',
  template: null,
  text: 'plus à gauche',
  camera: 'cam_1',
  sent_at: '2026-11-23T08:00:01Z',
  answer: null,
  obstacle: null,
  version: 1,
};
const EMPTY = Object.fromEntries(
  'incidents charges requests viewings previews sharing escalations pauses crises failing persons'
    .split(' ')
    .map((key) => [key, []]),
);

function opened(): HTMLElement {
  me.value = {
    organisation: { id: 'org_city', side: 'city' },
    partners: [],
    talk: {
      text_max: 140,
      templates: [{ code: 'seen', kind: 'text', side: 'city', fr: 'Vu', en: 'Seen' }],
    },
  } as unknown as NonNullable<typeof me.value>;
  const state = fromSnapshot({
    ...EMPTY,
    as_of: 1,
    answer_median_s: null,
    grants: [grant],
    messages: [wish],
  } as never);
  const rest = { camera: null, fresh: [], onChoose: () => {}, onClose: () => {} };
  render(<Card room={state} grant={grant as never} grants={[grant as never]} {...rest} />);
  return screen.getByRole('group');
}

beforeEach(() => void sent.splice(0));
afterEach(() => {
  cleanup();
  setShortcuts(true);
});

it('answers a wish and says ready words by single keys', async () => {
  const card = opened();
  expect([...card.querySelectorAll('kbd')].map((one) => one.textContent)).toContain('F');
  fireEvent.keyDown(card, { key: '1', code: 'Digit1' });
  fireEvent.keyDown(card, { key: 'f' });
  await vi.waitFor(() => expect(sent).toEqual(['/api/grants/gr_1/messages', '/api/messages/msg_1/answer']));
});

it('has no single key and shows none where they are switched off, but Enter and Escape', async () => {
  setShortcuts(false);
  const card = opened();
  const shown = [...card.querySelectorAll('kbd')].map((one) => one.textContent);
  for (const key of ['1', 'F', 'I']) expect(shown).not.toContain(key);
  for (const key of ['1', 'f', 'i']) fireEvent.keyDown(card, { key, code: key === '1' ? 'Digit1' : '' });
  fireEvent.keyDown(card, { key: 'Enter' });
  expect(document.activeElement?.tagName).toBe('INPUT');
  await Promise.resolve();
  expect(sent).toEqual([]);
});
