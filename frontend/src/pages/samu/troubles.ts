/** Which pictures of the wall may not be believed, for who hears the page: it changes with the pictures, not with their age. */
import { playerKey, players } from '../../state/players';
import { cameras } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { type Key, t } from '../../words';
import type { Look } from './look';

/** Of a picture that only hesitates nothing is said: it is said when it rings, too. */
function hesitates(tile: Tile): boolean {
  const player = tile.kind === 'live' ? players.value.get(playerKey(tile.grant.id, tile.camera)) : undefined;
  return player?.kind === 'stale' && player.level === 'grey';
}

export function troubles(shown: readonly Tile[], looks: readonly Look[]): string {
  const found = new Map<Key, string[]>();
  shown.forEach((tile, n) => {
    const look = looks[n];
    if (look?.kind !== 'stale' || hesitates(tile)) return;
    const name = cameras.value.get(tile.camera)?.name ?? tile.camera;
    found.set(look.word, [...(found.get(look.word) ?? []), name]);
  });
  return [...found].map(([word, names]) => `${t(word)} : ${names.join(', ')}`).join('. ');
}
