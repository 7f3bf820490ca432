/** What the players say of the pictures on the wall, for the list, the map and the counts beside it. */
import { signal } from '@preact/signals';
import type { PlayerState } from '../player/contract';
import { gapOver, gapSaid } from './gaps';
import { now } from './time';

/** By `playerKey`; changes only when what is said changes, not with every frame's delay. */
export const players = signal<ReadonlyMap<string, PlayerState>>(new Map());

export const playerKey = (grant: string, camera: string): string => `${grant}/${camera}`;

const sense = (state: PlayerState | undefined): string => {
  if (state === undefined) return '';
  if (state.kind === 'live') return `live ${state.suspect} ${state.served}`;
  return state.kind === 'stale' ? `stale ${state.level}` : state.kind;
};

export function playerSaid(key: string, camera: string, state: PlayerState): void {
  if (sense(players.value.get(key)) === sense(state)) return;
  players.value = new Map(players.value).set(key, state);
  gapSaid(key, camera, now.value, state);
}

export function playerGone(key: string): void {
  gapOver(key, now.value);
  const next = new Map(players.value);
  if (next.delete(key)) players.value = next;
}
