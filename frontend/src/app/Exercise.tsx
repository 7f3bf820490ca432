/** That something is an exercise: a word wherever it shows, a band over every page, and the way out of it. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { api, body } from '../api/client';
import { exercises, picturesOf } from '../state/exercise';
import type { RoomState } from '../state/room';
import { me, room } from '../state/store';
import { t } from '../words';
import { attemptAll } from './Failure';

/** Beside whatever belongs to an exercise. */
export const ExerciseMark = ({ of }: { of: { exercise?: boolean } | null | undefined }) =>
  of?.exercise ? <b class="exercise-mark">{t('exercise')}</b> : null;

/** `numbers`: of the exercises' incidents. */
export const Band = ({ numbers, children }: { numbers: readonly string[]; children?: ComponentChildren }) => (
  <div class="exercise-band" role="status">
    <span>
      <b>{t('exercise')}</b> {numbers.join(', ')} · {t('exerciseWhat')}
    </span>
    {children}
  </div>
);

/** Over the page, as long as an exercise is under way; where no room is followed, as `/api/me` said last. */
export function ExerciseBand() {
  const numbers = me.value?.exercises ?? [];
  if (room.value !== null) return <RoomBand state={room.value} />;
  return numbers.length === 0 ? null : <Band numbers={numbers} />;
}

/** Only the hospital that opened it leaves it. */
function RoomBand({ state }: { state: RoomState }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const organisation = me.value?.organisation.id ?? '';
  const under = exercises(state, organisation);
  if (under.length === 0) return null;
  const own = under.filter((incident) => incident.organisation === organisation);
  const numbersOf = (of: typeof under) => of.map((incident) => incident.number);
  const close = (incident: string) => () =>
    body(api.POST('/api/incidents/{incident}/close', { params: { path: { incident } } }));
  const leave = () => {
    dialog.current?.close();
    void attemptAll(
      own.map(({ id }) => close(id)),
      'page', // which every room has
    );
  };
  return (
    <Band numbers={numbersOf(under)}>
      {own.length > 0 && (
        <button type="button" class="btn sm" onClick={() => dialog.current?.showModal()}>
          {t('exerciseLeave')}
        </button>
      )}
      <dialog ref={dialog} aria-label={t('exerciseLeave')}>
        <h2>{t('exerciseLeaveAsk')}</h2>
        <p>{t('exerciseLeaveEnds', { numbers: numbersOf(own).join(', '), n: picturesOf(state, own) })}</p>
        <div class="acts">
          {/* The safe way out has the focus: Enter leaves nothing. */}
          <button type="button" class="btn" onClick={() => dialog.current?.close()}>
            {t('exerciseStay')}
          </button>
          <button type="button" class="btn no" onClick={leave}>
            {t('exerciseLeave')}
          </button>
        </div>
      </dialog>
    </Band>
  );
}
