/** What the players say of the pictures on the wall, for the list, the map and the counts beside it. */
import { batch, signal } from '@preact/signals';
import type { PlayerState } from '../player/contract';
import { gapOver, gapSaid } from './gaps';
import { now } from './time';

/** By `playerKey`; changes only when what is said changes, not with every frame's delay. */
export const players = signal<ReadonlyMap<string, PlayerState>>(new Map());

/**
 * At most so often, with the gaps, beside the tiles, which tell at once: on a machine that cannot keep up sixteen pictures
 * freeze and move again by turns, and drawing the page for each of them would be what it cannot keep up with.
 */
export const PAUSE_MS = 250;
let newest = players.value;
let untold: (() => void)[] = [];
let pausing = false;

function publish(gap: () => void): void {
  untold.push(gap);
  if (!pausing) tell();
}

function tell(): void {
  pausing = untold.length > 0;
  if (!pausing) return;
  batch(() => {
    players.value = newest;
    for (const gap of untold) gap();
    untold = [];
  });
  setTimeout(tell, PAUSE_MS);
}

export const playerKey = (grant: string, camera: string): string => `${grant}/${camera}`;

const sense = (state: PlayerState | undefined): string => {
  if (state === undefined) return '';
  if (state.kind === 'live') return `live ${state.suspect} ${state.served}`;
  return state.kind === 'stale' ? `stale ${state.level}` : state.kind;
};

export function playerSaid(key: string, camera: string, state: PlayerState): void {
  if (sense(newest.get(key)) === sense(state)) return;
  newest = new Map(newest).set(key, state);
  const at = now.value;
  publish(() => gapSaid(key, camera, at, state));
}

export function playerGone(key: string): void {
  const next = new Map(newest);
  if (next.delete(key)) newest = next;
  const at = now.value;
  publish(() => gapOver(key, at));
}
