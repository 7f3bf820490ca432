/** That something is an exercise: a word wherever it shows, a band over every page, and the way out of it. */
import { useRef } from 'preact/hooks';
import { api, body } from '../api/client';
import { exercises, picturesOf } from '../state/exercise';
import { me, room } from '../state/store';
import { t } from '../words';
import { attempt } from './Failure';

/** Beside whatever belongs to an exercise. */
export const ExerciseMark = ({ of }: { of: { exercise?: boolean } | null | undefined }) =>
  of?.exercise ? <b class="exercise-mark">{t('exercise')}</b> : null;

/** Over the page, as long as an exercise is under way. Only the hospital that opened it leaves it. */
export function ExerciseBand() {
  const dialog = useRef<HTMLDialogElement>(null);
  const state = room.value;
  const organisation = me.value?.organisation.id ?? '';
  const under = state === null ? [] : exercises(state, organisation);
  if (state === null || under.length === 0) return null;
  const own = under.filter((incident) => incident.organisation === organisation);
  const numbers = under.map((incident) => incident.number).join(', ');
  const leave = async () => {
    dialog.current?.close();
    for (const { id } of own)
      await attempt(
        () => body(api.POST('/api/incidents/{incident}/close', { params: { path: { incident: id } } })),
        'ask',
      );
  };
  return (
    <div class="exercise-band" role="status">
      <span>
        <b>{t('exercise')}</b> {numbers} · {t('exerciseWhat')}
      </span>
      {own.length > 0 && (
        <button type="button" class="btn sm" onClick={() => dialog.current?.showModal()}>
          {t('exerciseLeave')}
        </button>
      )}
      <dialog ref={dialog} aria-label={t('exerciseLeave')}>
        <h2>{t('exerciseLeaveAsk')}</h2>
        <p>{t('exerciseLeaveEnds', { numbers, n: picturesOf(state) })}</p>
        <div class="acts">
          {/* The safe way out has the focus: Enter leaves nothing. */}
          <button type="button" class="btn" onClick={() => dialog.current?.close()}>
            {t('exerciseStay')}
          </button>
          <button type="button" class="btn no" onClick={() => void leave()}>
            {t('exerciseLeave')}
          </button>
        </div>
      </dialog>
    </div>
  );
}
