/** Who of this room looks at what before deciding: beside who sees what, and no part of it. */
import { ExerciseMark } from '../../app/Exercise';
import { St } from '../../app/St';
import type { RoomState } from '../../state/room';
import { cameras, nameOf } from '../../state/store';
import { now } from '../../state/time';
import { t } from '../../words';
import { leftMs } from './preview';

export function Previews({ room }: { room: RoomState }) {
  const running = [...room.previews.values()].filter((preview) => leftMs(preview, now.value) > 0);
  if (running.length === 0) return null;
  return (
    <section class="previews" aria-label={t('previewsTitle')}>
      <h3>{t('previewsTitle')}</h3>
      <ul>
        {running.map((preview) => (
          <li key={preview.id}>
            <St kind="idle">{t('preview')}</St>
            <span>
              <ExerciseMark of={preview} /> <b class="num">{cameras.value.get(preview.camera)?.number}</b>{' '}
              {cameras.value.get(preview.camera)?.name} · {nameOf(preview.person)}
            </span>
            <span class="num">{Math.ceil(leftMs(preview, now.value) / 1000)} s</span>
          </li>
        ))}
      </ul>
      <p class="muted">{t('previewsWhy')}</p>
    </section>
  );
}
