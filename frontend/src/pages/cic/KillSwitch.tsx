import { useRef } from 'preact/hooks';
import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import { me, room } from '../../state/store';
import { t } from '../../words';
import { Hold } from './Hold';

/** Cut every picture of the city at once; while cut, the way back, with a confirmation. */
export function KillSwitch() {
  const may = me.value?.roles.includes('room_supervisor') ?? false;
  const own = me.value?.organisation.id;
  const stopped = (own && room.value?.sharing.get(own)?.stopped) || false;
  if (stopped) return <Resume may={may} />;
  return (
    <Hold disabled={!may} onHeld={() => void attempt(() => body(api.POST('/api/sharing/stop')))}>
      ■ {t('kill')} <kbd>{t('killHold')}</kbd>
    </Hold>
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
      <button type="button" class="btn" disabled={!may} onClick={() => dialog.current?.showModal()}>
        {t('resume')}
      </button>
      <dialog ref={dialog}>
        <h2>{t('resumeAsk')}</h2>
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
