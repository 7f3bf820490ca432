import { useRef } from 'preact/hooks';
import type { Incident } from '../../state/room';
import { me, room } from '../../state/store';
import { t } from '../../words';
import { closeIncident } from './acts';
import * as form from './form';

/** Which incident the page is about; change it, start another, close this one. */
export function IncidentHead({ incident, onNew }: { incident: Incident | null; onNew(): void }) {
  const own = me.value?.organisation.id;
  const open = [...(room.value?.incidents.values() ?? [])].filter(
    (i) => i.closed_at === null && i.organisation === own,
  );
  const dialog = useRef<HTMLDialogElement>(null);
  const close = async () => {
    dialog.current?.close();
    if (incident !== null && (await closeIncident(incident.id))) onNew();
  };
  return (
    <header>
      <h2 class={open.length > 0 ? 'sr' : ''}>
        {incident === null ? t('newIncident') : `${t('incident')} ${incident.number}`}
      </h2>
      {open.length > 0 && (
        <select
          aria-label={t('change')}
          value={incident?.id ?? ''}
          onChange={(event) => {
            const id = event.currentTarget.value;
            if (id === '') onNew();
            else form.incidentId.value = id;
          }}
        >
          <option value="">{t('newIncident')}</option>
          {open.map((i) => (
            <option key={i.id} value={i.id}>
              {t('incident')} {i.number} · {i.place_label}
            </option>
          ))}
        </select>
      )}
      {incident !== null && (
        <button type="button" class="btn sm" onClick={() => dialog.current?.showModal()}>
          {t('closeIncident')}
        </button>
      )}
      <dialog ref={dialog}>
        <h2>{t('closeIncidentAsk')}</h2>
        <div class="acts">
          <button type="button" class="btn" onClick={() => dialog.current?.close()}>
            {t('cancel')}
          </button>
          <button type="button" class="btn no" onClick={() => void close()}>
            {t('closeIncident')}
          </button>
        </div>
      </dialog>
    </header>
  );
}
