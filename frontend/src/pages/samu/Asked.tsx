import { St } from '../../app/St';
import { distanceWords } from '../../state/distance';
import { playerKey, players } from '../../state/players';
import { cameras } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { second } from '../../state/time';
import { minutes, t } from '../../words';
import * as form from './form';
import { look } from './look';

/** The cameras asked for, with the numbers they have on the map and on the wall. */
export function Asked({ shown }: { shown: readonly Tile[] }) {
  return (
    <ol class="list" aria-label={t('wall')}>
      {shown.map((tile, n) => (
        <Row key={tile.camera} tile={tile} n={n + 1} />
      ))}
    </ol>
  );
}

function Row({ tile, n }: { tile: Tile; n: number }) {
  const player = tile.kind === 'live' ? players.value.get(playerKey(tile.grant.id, tile.camera)) : undefined;
  const { kind, word } = look(tile, player ?? null, second.value);
  const camera = cameras.value.get(tile.camera);
  const place = form.place.value;
  return (
    <li class={`row ${kind}`}>
      <span class="n num">{n}</span>
      <span>
        <b>{camera?.name}</b>
        <small class="num">
          {camera && place && distanceWords(camera, place)}
          {tile.kind === 'waiting' &&
            ` · ${t('since')} ${minutes(second.value - Date.parse(tile.request.created_at))}`}
        </small>
      </span>
      <St kind={kind}>
        {kind === 'exp' && tile.kind === 'live' ? (
          <span class="num" title={t(word)}>
            {minutes(tile.endsAt - second.value)}
          </span>
        ) : (
          t(word)
        )}
      </St>
    </li>
  );
}
