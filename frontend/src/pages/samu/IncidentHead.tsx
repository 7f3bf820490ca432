import { useRef } from 'preact/hooks';
import type { Incident } from '../../state/room';
import { room } from '../../state/store';
import { t } from '../../words';
import { closeIncident } from './acts';
import * as form from './form';
import { openIncidents } from './onwall';

/** Which incident the page is about; change it, start another, close this one. */
export function IncidentHead({ incident, onNew }: { incident: Incident | null; onNew(): void }) {
  const open = openIncidents(room.value);
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
            const chosen = open.find((i) => i.id === event.currentTarget.value);
            if (chosen === undefined) onNew();
            else form.workOn(chosen);
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
