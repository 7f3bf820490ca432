import { Phones } from '../../app/Phones';
import { St } from '../../app/St';
import { cameras, room } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { second } from '../../state/time';
import { minutes, t } from '../../words';

/** Always in view: whether a request waits and for how long, and whom to telephone when nothing else works. */
export function Standing({ shown }: { shown: readonly Tile[] }) {
  const since = shown.flatMap((tile) =>
    tile.kind === 'waiting' ? [Date.parse(tile.request.created_at)] : [],
  );
  const median = room.value?.answerMedianS;
  const owners = shown.map((tile) => cameras.value.get(tile.camera)?.owner ?? '');
  return (
    <div class="standing">
      {since.length > 0 ? (
        <St kind="wait">
          <span class="num">
            {t('standing')} {minutes(second.value - Math.min(...since))}
            {median != null && (
              <small>
                {' '}
                {t('medianAnswer')} {Math.round(median)} s
              </small>
            )}
          </span>
        </St>
      ) : (
        <St kind="idle">{t('standingNone')}</St>
      )}
      <Phones owners={owners} />
    </div>
  );
}
