/** A colleague decides what is being read: no key meant for it decides the card that takes its place. */
import { act, cleanup, fireEvent, render } from '@testing-library/preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { api } from '../../api/client';
import { fromSnapshot, type Request, type RoomState } from '../../state/room';
import { me, room } from '../../state/store';
import { speakOfAll } from '../../words';
import { setShortcuts } from '../samu/shortcuts';
import { Cic } from './Cic';
import { approve, refuse } from './decide';

vi.mock('../../app/sound', async (original) => ({
  ...(await original<object>()),
  setRinging: vi.fn(),
  chime: vi.fn(),
}));
vi.mock('./CicMap', () => ({ CicMap: () => null }));
vi.mock('./WhoSees', () => ({ WhoSees: () => null }));
vi.mock('../../talk/Talk', () => ({ Talk: () => null }));
vi.mock('./decide', async (original) => ({
  ...(await original<object>()),
  approve: vi.fn(),
  refuse: vi.fn(),
}));

const asked = (n: number) =>
  ({
    id: `req_${n}`,
    incident: 'inc_1',
    beneficiary: 'org_samu',
    requester: 'per_9',
    cameras: ['cam_1', 'cam_2'],
    duration_s: 600,
    intent: 'access_route',
    state: 'requested',
    version: 1,
    extends: null,
    created_at: new Date(n).toISOString(),
    lapses_at: new Date(9e12).toISOString(),
    decided_by: null,
    decided_at: null,
  }) as unknown as Request;

const empty = {
  as_of: 1,
  incidents: [],
  charges: [],
  requests: [],
  grants: [],
  crises: [],
  viewings: [],
  previews: [],
  sharing: [],
  persons: [{ id: 'per_2', name: 'S. Vidal' }],
  escalations: [],
  pauses: [],
  failing: [],
  messages: [],
  answer_median_s: null,
} as unknown as Parameters<typeof fromSnapshot>[0];
const holding = (...requests: Request[]): RoomState => fromSnapshot({ ...empty, requests });
const decided = (n: number, by: string): Request => ({
  ...asked(n),
  state: 'approved',
  decided_by: by,
  decided_at: new Date().toISOString(),
});
const tell = (...requests: Request[]) =>
  act(() => {
    room.value = holding(...requests);
  });
const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));
const page = () => document.body;
const card = () => document.querySelector('.req.cur') as HTMLElement;
const press = (key: string, at: Element = card()) => act(() => void fireEvent.keyDown(at, { key }));
const approvals = () => vi.mocked(approve).mock.calls.map(([request]) => request.id);
const ticked = () => document.querySelectorAll('.req.cur .cams input:checked').length;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.spyOn(api, 'GET').mockReturnValue(new Promise(() => undefined) as never);
  vi.clearAllMocks();
  setShortcuts(true);
  await speakOfAll();
  me.value = {
    person: { id: 'per_1', name: 'A. Morel', post: '' },
    organisation: { id: 'org_city', short_name: 'PM' },
    partners: [],
    roles: ['room_supervisor'],
    limits: { escalation_s: [30, 60, 120] },
    exercises: [],
  } as unknown as typeof me.value;
  room.value = holding(asked(1), asked(2), asked(3));
  render(<Cic />);
  pass(500);
});
afterEach(() => {
  cleanup();
  room.value = null;
  vi.useRealTimers();
});

test('after a colleague decided, letters and digits wait for two seconds, which is said with the name', () => {
  tell(decided(1, 'per_2'), asked(2), asked(3));
  expect(card().getAttribute('aria-label')).not.toBeNull();
  pass(500);
  for (const key of ['a', 'r', '1', '0', 'ArrowLeft']) press(key);
  expect(approvals()).toEqual([]);
  expect(document.querySelector('dialog[open]')).toBeNull();
  expect(ticked()).toBe(2);
  const said = document.querySelector('.elsewhere') as HTMLElement;
  expect(said.textContent).toContain('S. Vidal');
  expect(said.textContent).toContain('Les touches attendent');
  pass(1600);
  expect(said.textContent).not.toContain('Les touches attendent');
  press('a');
  expect(approvals()).toEqual(['req_2']);
});

test.each(['ArrowDown', 'Tab', ' '])('%s lets the keys go at once, but not within 400 ms', (key) => {
  tell(decided(1, 'per_2'), asked(2), asked(3));
  press(key);
  pass(500);
  press('a');
  expect(approvals()).toEqual([]);
  press(key);
  pass(500);
  press('a');
  expect(approvals()).toHaveLength(1);
});

test('a click lets the keys go', () => {
  tell(decided(1, 'per_2'), asked(2));
  pass(500);
  act(() => void fireEvent.pointerDown(card()));
  press('a');
  expect(approvals()).toEqual(['req_2']);
});

test('the next card after an own decision, and the first one that comes, settle in 400 ms', () => {
  tell(decided(1, 'per_1'), asked(2));
  pass(500);
  press('a');
  tell(decided(1, 'per_1'), decided(2, 'per_1'));
  pass(3000);
  tell(asked(4));
  pass(500);
  press('a');
  expect(approvals()).toEqual(['req_2', 'req_4']);
});

test('a digit meant as a reason, once the dialog is gone, unticks no camera of the next card', () => {
  press('r');
  const dialog = document.querySelector('dialog[open]') as HTMLElement;
  expect(dialog).not.toBeNull();
  tell(decided(1, 'per_2'), asked(2));
  pass(10_000);
  expect(document.querySelector('.elsewhere')?.textContent).toContain('S. Vidal');
  press('1');
  expect(ticked()).toBe(2);
  expect(refuse).not.toHaveBeenCalled();
  press('Tab');
  press('1');
  expect(ticked()).toBe(1);
});

test('arrows are shown by position on the neighbours only, letters not with single keys off', () => {
  tell(asked(1), asked(2), asked(3), asked(4));
  press('ArrowDown');
  const hints = [...document.querySelectorAll('.req')].map(
    (one) => one.querySelector('.acts .btn:first-child kbd')?.textContent,
  );
  expect(hints).toEqual(['↑', 'A', '↓', undefined]);
  const letters = () => [...card().querySelectorAll('.cams .seg kbd')].map((one) => one.textContent);
  expect(letters()).toEqual(['T', '0']);
  act(() => setShortcuts(false));
  expect(letters()).toEqual([]);
});

test('a room that cannot be read has the kill switch, and a place for the skip link to lead to', async () => {
  act(() => {
    room.value = null;
  });
  expect(page().querySelector('main#main .notice')).not.toBeNull();
  const asks = vi.spyOn(api, 'POST').mockResolvedValue({ data: {}, response: Response.json({}) } as never);
  const cut = [...page().querySelectorAll('button')].find((one) => one.textContent?.includes('Tout couper'));
  act(() => void fireEvent.pointerDown(cut as HTMLElement, { button: 0 }));
  await act(async () => void (await vi.advanceTimersByTimeAsync(1100)));
  expect(asks).toHaveBeenCalledExactlyOnceWith('/api/sharing/stop');
  expect(page().textContent).toContain('Partage coupé');
});
