/** A picture that stopped rings whatever the reason, until it is acknowledged, and rings anew when it fails anew. */
import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setRinging } from '../../app/sound';
import type { PlayerState } from '../../player/contract';
import { gapOver, gapSaid, gaps } from '../../state/gaps';
import { playerKey, players } from '../../state/players';
import type { Grant } from '../../state/room';
import type { Tile } from '../../state/tiles';
import { now } from '../../state/time';
import { useAlarm } from './onwall';
import { unseen } from './unseen';

vi.mock('../../app/sound', async (original) => ({
  ...(await original<object>()),
  setRinging: vi.fn(),
}));

const tile = (camera: string): Tile =>
  ({ kind: 'live', camera, grant: { id: 'gr' } as Grant, endsAt: 1e9, extension: null }) as Tile;
const [a, b] = [tile('a'), tile('b')];
const live = { kind: 'live', suspect: null, captureMs: 0 } as PlayerState;
const cut: PlayerState = { kind: 'reconnecting', attempt: 1 };
const fault: PlayerState = { kind: 'fault', cause: 'unreachable', ageMs: 10_000 };
const key = (camera: string) => playerKey('gr', camera);
const say = (camera: string, nowMs: number, state: PlayerState) => gapSaid(key(camera), camera, nowMs, state);
const rings = (nowMs: number, shown = [a, b]) =>
  unseen(shown, players.value, gaps.value, nowMs).map(({ camera }) => camera);

beforeEach(() => {
  for (const camera of ['a', 'b']) gapOver(key(camera), 0);
  gaps.value = [];
});
afterEach(cleanup);

it('rings ten seconds after the last picture, when the link is cut and when the camera is silent', () => {
  say('a', 0, live);
  say('b', 0, live);
  say('a', 2_000, { kind: 'stale', level: 'grey', ageMs: 2_000, captureMs: 0 });
  say('a', 4_000, cut);
  expect(rings(9_999)).toEqual([]);
  expect(rings(10_000)).toEqual(['a']);
  say('b', 5_000, { kind: 'stale', level: 'grey', ageMs: 2_000, captureMs: 3_000 });
  say('b', 13_000, fault);
  expect(rings(13_000)).toEqual(['a', 'b']);
  say('a', 14_000, live);
  expect(rings(14_000)).toEqual(['b']);
});

it('does not ring for what never came, for a page that was hidden, nor for an access that ended', () => {
  say('a', 0, fault);
  expect(rings(60_000)).toEqual([]);
  say('a', 60_000, live);
  say('a', 61_000, { kind: 'paused' });
  expect(rings(99_000)).toEqual([]);
  say('a', 100_000, { kind: 'connecting', sinceMs: 0 });
  expect(rings(109_000)).toEqual([]);
  expect(rings(110_000)).toEqual(['a']);
  expect(rings(110_000, [{ ...a, kind: 'over' } as unknown as Tile])).toEqual([]);
  say('a', 111_000, { kind: 'ended', reason: 'expired', retry: false });
  expect(rings(130_000)).toEqual([]);
});

function Bell() {
  const { ringing, acknowledge } = useAlarm([a, b]);
  return (
    <button type="button" onClick={acknowledge}>
      {ringing.map(({ camera }) => camera).join(' ') || 'quiet'}
    </button>
  );
}
const said = () => screen.getByRole('button').textContent;
const bell = () => vi.mocked(setRinging).mock.lastCall?.slice(0, 2);

it('is acknowledged by Space, and rings anew for another camera and for one that fails again', async () => {
  const at = (nowMs: number) => {
    now.value = nowMs;
  };
  at(0);
  say('a', 0, live);
  say('b', 0, live);
  render(<Bell />);
  say('a', 1_000, cut);
  at(11_000);
  await vi.waitFor(() => expect(said()).toBe('a'));
  expect(bell()).toEqual(['frozen', true]);
  fireEvent.keyDown(document.body, { key: ' ' });
  await vi.waitFor(() => expect(said()).toBe('quiet'));
  await vi.waitFor(() => expect(bell()).toEqual(['frozen', false]));
  at(12_000);
  say('b', 12_000, cut);
  at(22_000);
  await vi.waitFor(() => expect(said(), 'only the new one').toBe('b'));
  fireEvent.click(screen.getByRole('button'));
  await vi.waitFor(() => expect(said()).toBe('quiet'));
  say('a', 23_000, live);
  say('a', 24_000, cut);
  at(34_000);
  await vi.waitFor(() => expect(said()).toBe('a'));
});

it('is acknowledged for every window of this browser, though each noticed it at its own moment', async () => {
  const other = (newValue: string) =>
    window.dispatchEvent(new StorageEvent('storage', { key: 'heard', newValue }));
  say('a', 100_000, live);
  now.value = 100_000;
  render(<Bell />);
  say('a', 101_000, cut);
  now.value = 112_000;
  await vi.waitFor(() => expect(said()).toBe('a'));
  other(`111500 ${key('b')}`);
  await vi.waitFor(() => expect(said(), 'another picture').toBe('a'));
  other(`111600 ${key('a')}`);
  await vi.waitFor(() => expect(said()).toBe('quiet'));
  say('a', 113_000, live);
  say('a', 114_000, cut);
  now.value = 124_000;
  await vi.waitFor(() => expect(said(), 'fails anew').toBe('a'));
  fireEvent.click(screen.getByRole('button'));
  expect(localStorage.getItem('heard'), 'for the others').toBe(`124000 ${key('a')}`);
});
