import { useRef, useState } from 'preact/hooks';
import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import { me, nameOf, room } from '../../state/store';
import { clockTime, t } from '../../words';
import { Hold } from './Hold';

/** Cut every picture of the city at once; while cut, the way back, step by step. */
export function KillSwitch() {
  const may = me.value?.roles.includes('room_supervisor') ?? false;
  const own = me.value?.organisation.id;
  const stopped = (own && room.value?.sharing.get(own)?.stopped) || false;
  const [cut, setCut] = useState(false);
  if (stopped) return <Resume may={may} />;
  return (
    <>
      {/* A room that cannot be read says nothing of the cut; the answer does. */}
      {cut && room.value === null && (
        <span class="pill" role="status">
          {t('e_sharing.stopped')}
        </span>
      )}
      <Hold
        disabled={!may}
        title={may ? undefined : t('supervisorOnly')}
        onHeld={() => void attempt(() => body(api.POST('/api/sharing/stop'))).then(setCut)}
      >
        ■ {t('kill')} <kbd>{t('killHold')}</kbd>
      </Hold>
    </>
  );
}

function Resume({ may }: { may: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const resume = () => {
    dialog.current?.close();
    void attempt(() => body(api.POST('/api/sharing/resume')));
  };
  return (
    <>
      <button
        type="button"
        class="btn"
        disabled={!may}
        title={may ? undefined : t('supervisorOnly')}
        onClick={() => dialog.current?.showModal()}
      >
        {t('resume')}
      </button>
      <dialog ref={dialog} aria-label={t('resumeTitle')}>
        <h2>{t('resumeTitle')}</h2>
        <Steps />
        <p>{t('resumeAsk')}</p>
        <div class="acts">
          <button type="button" class="btn" onClick={() => dialog.current?.close()}>
            {t('cancel')}
          </button>
          <button type="button" class="btn p" onClick={resume}>
            {t('confirm')}
          </button>
        </div>
      </dialog>
    </>
  );
}

/** What to do before pictures may be asked for again. */
function Steps() {
  const cut = room.value?.sharing.get(me.value?.organisation.id ?? '');
  const hospitals = me.value?.partners.filter((partner) => partner.side === 'hospital') ?? [];
  return (
    <ol class="steps">
      <li>
        {t('resumeStepWhy')}{' '}
        {cut?.stopped_at && (
          <b>
            {nameOf(cut.stopped_by)}, <span class="num">{clockTime(Date.parse(cut.stopped_at))}</span>
          </b>
        )}
      </li>
      <li>
        {t('resumeStepCall')}{' '}
        {hospitals.map((one) => (
          <a key={one.id} href={`tel:${one.phone.replaceAll(' ', '')}`}>
            {one.short_name} <span class="num">{one.phone}</span>
          </a>
        ))}
      </li>
      <li>{t('resumeStepThen')}</li>
    </ol>
  );
}
