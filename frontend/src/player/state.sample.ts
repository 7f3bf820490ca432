/** What a player says, in tests. */
import type { PlayerState } from './contract';

export const live: Extract<PlayerState, { kind: 'live' }> = {
  kind: 'live',
  delayMs: 100,
  captureMs: 0,
  estimated: false,
  suspect: null,
  served: 'wall',
};
