/** Cameras the city holds back from everybody, and the way to hold one back or to show it again. */
import { useState } from 'preact/hooks';
import { St } from '../../app/St';
import type { Pause, RoomState } from '../../state/room';
import { cameras, me } from '../../state/store';
import { clockTime, t, tCode } from '../../words';
import { resume } from './decide';
import { HoldBack } from './HoldBack';

export function HeldBack({ room }: { room: RoomState }) {
  const held = [...room.pauses.values()];
  return (
    <section class="held" aria-label={t('heldTitle')}>
      <h3>{t('heldTitle')}</h3>
      {held.length === 0 && <p class="muted">{t('heldNone')}</p>}
      <ul>
        {held.map((pause) => (
          <Held key={pause.camera} pause={pause} />
        ))}
      </ul>
      <HoldBack known={[...cameras.value.values()].filter((camera) => !room.pauses.has(camera.id))} />
    </section>
  );
}

function Held({ pause }: { pause: Pause }) {
  const [busy, setBusy] = useState(false);
  const camera = cameras.value.get(pause.camera);
  const may = me.value?.roles.includes('room_supervisor') ?? false;
  const show = async () => {
    setBusy(true);
    await resume(pause.camera);
    setBusy(false);
  };
  return (
    <li>
      <span>
        <b class="num">{camera?.number}</b> {camera?.name}
      </span>
      <St kind="idle">{tCode('cause_', pause.cause ?? '', 'stSuspended')}</St>
      <span class="num">
        {t('since')} {pause.since !== null && clockTime(Date.parse(pause.since))}
      </span>
      <button
        type="button"
        class="btn sm"
        disabled={busy || !may}
        title={may ? undefined : t('supervisorOnly')}
        aria-label={`${t('resumeCamera')} ${camera?.name ?? ''}`}
        onClick={() => void show()}
      >
        {t('resumeCamera')}
      </button>
    </li>
  );
}
