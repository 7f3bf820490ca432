/** One picture, one word and one shape: the same on the tile, in the list and on the map. */
import type { StKind } from '../../app/St';
import type { CameraMark } from '../../map/contract';
import type { PlayerState } from '../../player/contract';
import { EXPIRING_MS, type Tile, wasCut } from '../../state/tiles';
import type { Key } from '../../words';

export interface Look {
  kind: StKind;
  word: Key;
}

/** `player`: what the player says of a live tile; null before it said anything. */
export function look(tile: Tile, player: PlayerState | null, nowMs: number): Look {
  switch (tile.kind) {
    case 'waiting':
      return { kind: 'wait', word: 'stWait' };
    case 'live':
      return liveLook(tile.endsAt - nowMs, player);
    case 'suspended':
      return { kind: 'idle', word: 'stSuspended' };
    case 'handed':
      return { kind: 'idle', word: 'stHanded' };
    case 'over':
      return { kind: 'off', word: wasCut(tile.cause) ? 'stRevoked' : 'stEnded' };
    case 'refused':
      return { kind: 'off', word: 'stRefused' };
    case 'lapsed':
      return { kind: 'off', word: 'stLapsed' };
  }
}

function liveLook(leftMs: number, player: PlayerState | null): Look {
  const seen = playerLook(player);
  return seen.kind === 'live' && leftMs < EXPIRING_MS ? { kind: 'exp', word: 'stExpiring' } : seen;
}

/** How a picture looks, whoever watches it and for how long. */
export function playerLook(player: PlayerState | null): Look {
  switch (player?.kind) {
    case 'live':
      if (player.suspect !== null) return { kind: 'stale', word: `suspect_${player.suspect}` };
      return { kind: 'live', word: 'stLive' };
    case 'stale':
      return { kind: 'stale', word: 'stStale' };
    case 'fault':
      return { kind: 'stale', word: 'stFault' };
    case 'paused':
      return { kind: 'idle', word: 'stPaused' };
    case 'ended':
      return { kind: 'off', word: 'stEnded' };
    case 'unsupported':
      return { kind: 'off', word: 'stFault' };
    case 'connecting':
    case 'reconnecting':
      return { kind: 'ok', word: 'stConnecting' };
    case undefined: // nobody looks at it here yet
      return { kind: 'ok', word: 'stApproved' };
  }
}

/** The shape on the map: a view that is held back is crossed out there, one that another person has is over here. */
export function markOf({ kind, word }: Look): CameraMark {
  if (kind !== 'idle') return kind;
  return word === 'stHanded' ? 'off' : 'barred';
}
