import { afterEach, expect, test } from 'vitest';
import type { PlayerState } from '../../player/contract';
import { playerKey, players } from '../../state/players';
import type { Grant } from '../../state/room';
import { type Camera, cameras } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { look } from './look';
import { troubles } from './troubles';

const tile = (camera: string) =>
  ({ kind: 'live', camera, grant: { id: 'gr' } as Grant, endsAt: 1e9, extension: null }) as Tile;
const stale = (level: 'grey' | 'alarm', ageMs = 11_000): PlayerState => ({
  kind: 'stale',
  level,
  ageMs,
  captureMs: 0,
});

function said(of: Record<string, PlayerState>): string {
  cameras.value = new Map([['a', { id: 'a', name: 'Capitole' } as Camera]]);
  players.value = new Map(Object.entries(of).map(([camera, state]) => [playerKey('gr', camera), state]));
  const shown = Object.keys(of).map(tile);
  return troubles(
    shown,
    shown.map((one) => look(one, of[one.camera] ?? null, 0)),
  );
}
afterEach(() => {
  players.value = new Map();
  cameras.value = new Map();
});

test('who hears the page is told which pictures stand still or failed, in the same words while they do', () => {
  const fault: PlayerState = { kind: 'fault', cause: 'unreachable', ageMs: null };
  expect(said({ a: stale('alarm'), b: fault, c: stale('alarm') })).toBe('Figée : Capitole, c. En panne : b');
  expect(said({ a: stale('alarm', 11_000) })).toBe(said({ a: stale('alarm', 19_000) }));
});

test('nothing is said of a picture that lives, or hesitates for a moment', () => {
  const live = { kind: 'live', suspect: null } as PlayerState;
  expect(said({ a: live, b: stale('grey') })).toBe('');
});
