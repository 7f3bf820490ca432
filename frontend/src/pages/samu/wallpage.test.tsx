/** The wall: every picture is reached by key where not all have room, and a full screen hides nothing that warns. */
import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fromSnapshot } from '../../state/room';
import { me, room } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { Mur } from '../mur/Mur';
import { look } from './look';
import { Samu } from './Samu';
import { Wall } from './Wall';

vi.mock('./SamuMap', () => ({ SamuMap: () => null }));
vi.mock('../../talk/Talk', () => ({ Talk: () => null }));
vi.mock('../../app/TopBar', () => ({
  TopBar: () => null,
  Notices: () => null,
  Live: () => null,
  Skip: () => null,
  Banners: () => <p>Liaison coupée</p>,
}));
vi.hoisted(() => {
  globalThis.fetch = async () => Response.json([]);
});

const press = (key: string) => fireEvent.keyDown(document.body, { key });
const incident = { id: 'inc_1', number: 'I-1', place_label: 'A', organisation: 'org_1', opened_by: 'per_1' };
let filled: Element | null = null;

function fill(element: Element | null) {
  filled = element;
  document.dispatchEvent(new Event('fullscreenchange'));
}

beforeEach(() => {
  filled = null;
  Object.defineProperty(document, 'fullscreenElement', { configurable: true, get: () => filled });
  document.exitFullscreen = async () => fill(null);
  HTMLElement.prototype.requestFullscreen = async function (this: HTMLElement) {
    fill(this);
  };
  me.value = { person: { id: 'per_1' }, organisation: { id: 'org_1' }, partners: [], roles: [] } as never;
  const none = {
    persons: [],
    messages: [],
    failing: [],
    pauses: [],
    escalations: [],
    sharing: [],
    previews: [],
  };
  const rest = { charges: [], requests: [], grants: [], crises: [], viewings: [], ...none };
  const incidents = [{ ...incident, closed_at: null, opened_at: '2026-01-10T13:30:00Z', crisis: null }];
  room.value = fromSnapshot({ as_of: 1, answer_median_s: null, incidents, ...rest } as never);
});
afterEach(cleanup);

const over = (n: number) =>
  ({
    kind: 'over',
    camera: `cam_${n}`,
    grant: { id: 'gr', incident: 'inc_1' },
    at: 0,
    cause: 'expired',
  }) as Tile;

it('is paged by key where more is asked for than it holds, and numbers stay', async () => {
  const shown = Array.from({ length: 18 }, (_, n) => over(n + 1));
  const looks = shown.map((tile) => look(tile, null, 0));
  const alarm = { ringing: [], acknowledge: () => {} };
  const rest = { box: { current: null }, hints: true, onFullScreen: () => {}, onAskAgain: () => {} };
  render(<Wall shown={shown} looks={looks} alarm={alarm} {...rest} />);
  const numbers = () => [...document.querySelectorAll('.tile .n')].map((one) => one.textContent);
  expect(numbers()).toHaveLength(16);
  press('PageDown');
  await vi.waitFor(() => expect(numbers()).toEqual(['17', '18']));
  press('PageUp');
  await vi.waitFor(() => expect(numbers()[0]).toBe('1'));
  fireEvent.click(screen.getByRole('button', { name: /Images suivantes/ }));
  await vi.waitFor(() => expect(numbers()).toEqual(['17', '18']));
});

it('in full screen says what the page says, and whom to telephone', async () => {
  render(<Samu />);
  const telephone = () => document.querySelector('.wallbox .standing');
  expect(telephone()).toBeNull();
  press('f');
  await vi.waitFor(() => expect(telephone()).not.toBeNull());
  expect(filled?.contains(screen.getByText('Liaison coupée'))).toBe(true);
  press('f');
  await vi.waitFor(() => expect(telephone()).toBeNull());
});

it('on a screen of its own fills it with the whole page, and passes the incident on', async () => {
  render(<Mur />);
  press('f');
  expect(filled?.matches('.app.mur')).toBe(true);
  press('h');
  const dialog = await screen.findByRole('dialog', { name: 'Relève' });
  expect(dialog).toHaveProperty('open', true);
});
