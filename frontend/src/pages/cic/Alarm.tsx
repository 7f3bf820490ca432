/** The bell of the room: rings until acknowledged, at every post whose turn it is. Acknowledging approves nothing. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { ExerciseMark } from '../../app/Exercise';
import { setRinging } from '../../app/sound';
import { onlyExercises } from '../../state/exercise';
import type { Request, RoomState } from '../../state/room';
import { organisationOf } from '../../state/store';
import { t } from '../../words';
import { here, shortcuts, useShortcuts } from '../samu/shortcuts';
import { heard, POSTS, type Post, unheard } from './alarm';

const KEPT = 'post';
const kept = (): Post => POSTS.find((post) => post === localStorage.getItem(KEPT)) ?? 'first';
export const post = signal<Post>(kept());

/** Rings while a request is not acknowledged; gives those and the way to acknowledge. */
export function useAlarm(room: RoomState, waiting: readonly Request[]) {
  const [acknowledged, setAcknowledged] = useState<ReadonlySet<string>>(new Set());
  const ringing = unheard(waiting, room.levels, acknowledged, post.value);
  const acknowledge = () => setAcknowledged(new Set(waiting.map((request) => heard(request, room.levels))));
  const rings = ringing.length > 0;
  const exercise = onlyExercises(ringing);
  useEffect(() => {
    const tune = exercise ? 'exercise' : 'request';
    setRinging(tune, rings, t(exercise ? 'ringExercise' : 'ringTitle'));
    return () => setRinging(tune, false);
  }, [rings, exercise]);
  useShortcuts((event) => {
    if (event.key !== ' ' || !rings || !here(event)) return false;
    acknowledge();
    return true;
  });
  return { ringing, acknowledge };
}

export function Alarm({
  request,
  level,
  onAcknowledge,
}: {
  request: Request;
  level: number;
  onAcknowledge(): void;
}) {
  return (
    <div class="alarm" role="alert">
      <span aria-hidden="true">♪</span>
      <div>
        <b>
          <ExerciseMark of={request} /> {t(level === 0 ? 'ringTitle' : 'ringAgain')} ·{' '}
          {organisationOf(request.beneficiary)?.short_name}
        </b>
        <br />
        {t('ringing')}
      </div>
      <span class="spacer" />
      <button type="button" class="btn" onClick={onAcknowledge}>
        {t('acknowledge')} {shortcuts.value && <kbd>{t('space')}</kbd>}
      </button>
    </div>
  );
}

/** Asked at the start of shift: when this post rings. */
export function PostChoice() {
  const choose = (chosen: Post) => {
    localStorage.setItem(KEPT, chosen);
    post.value = chosen;
  };
  return (
    <fieldset class="posts">
      <legend>{t('postTitle')}</legend>
      {POSTS.map((one) => (
        <label key={one} class="switch">
          <input type="radio" name="post" checked={post.value === one} onChange={() => choose(one)} />
          {t(`post_${one}`)}
        </label>
      ))}
    </fieldset>
  );
}
