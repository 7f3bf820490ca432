import type { StKind } from '../../app/St';
import type { Tile } from '../../state/tiles';
import type { Key } from '../../words';

const TILE_STATE: Record<Tile['kind'], { kind: StKind; word: Key }> = {
  waiting: { kind: 'wait', word: 'stWait' },
  live: { kind: 'live', word: 'stLive' },
  over: { kind: 'off', word: 'stEnded' },
  refused: { kind: 'off', word: 'stRefused' },
  lapsed: { kind: 'off', word: 'stLapsed' },
};

/** A revoked camera and one whose time is over are told apart. */
export function tileState(tile: Tile): { kind: StKind; word: Key } {
  if (tile.kind === 'over' && tile.cause !== 'expired' && tile.cause !== 'released')
    return { kind: 'off', word: 'stRevoked' };
  return TILE_STATE[tile.kind];
}
