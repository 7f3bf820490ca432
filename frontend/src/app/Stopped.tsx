/** That a city shares nothing comes before anything else. */
import { nameOf, room } from '../state/store';
import { clockTime, t } from '../words';

export function Stopped() {
  const stopped = [...(room.value?.sharing.values() ?? [])].filter((sharing) => sharing.stopped);
  return (
    <>
      {stopped.map(({ owner, stopped_at, stopped_by }) => (
        <p key={owner} class="banner bad" role="alert">
          {t('sharingStoppedBanner')}
          <span class="num">
            {stopped_at !== null && `${t('since')} ${clockTime(Date.parse(stopped_at))}`}
            {nameOf(stopped_by) !== '' && ` · ${nameOf(stopped_by)}`}
          </span>
        </p>
      ))}
    </>
  );
}
