/** Which pictures of the wall ring: those that came here and have not for ten seconds, whatever the reason. Pure. */
import type { PlayerState } from '../../player/contract';
import { type Gap, gapOf } from '../../state/gaps';
import { playerKey } from '../../state/players';
import type { Tile } from '../../state/tiles';

export const RINGS_MS = 10_000;

export interface Unseen {
  key: string;
  /** Since when, server time in ms: when the picture comes back and fails again, it is another failure; null: it came too old. */
  failsMs: number | null;
  camera: string;
}

export function unseen(
  shown: readonly Tile[],
  players: ReadonlyMap<string, PlayerState>,
  known: readonly Gap[],
  nowMs: number,
): Unseen[] {
  return shown.flatMap((tile) => {
    if (tile.kind !== 'live') return [];
    const key = playerKey(tile.grant.id, tile.camera);
    const player = players.get(key);
    const fails = gapOf(known, key)?.failsMs ?? null;
    const rings = fails !== null && nowMs - fails >= RINGS_MS;
    // The first picture of all may be too old already.
    const old = player?.kind === 'stale' && player.level !== 'grey';
    return rings || old ? [{ key, failsMs: fails, camera: tile.camera }] : [];
  });
}
