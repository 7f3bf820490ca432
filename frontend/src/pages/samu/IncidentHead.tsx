import { useRef } from 'preact/hooks';
import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import type { Incident } from '../../state/room';
import { me, room } from '../../state/store';
import { t } from '../../words';
import * as form from './form';
import { PlaceSearch } from './PlaceSearch';

export function IncidentHead({ incident, onNew }: { incident: Incident | null; onNew(): void }) {
  const own = me.value?.organisation.id;
  const open = [...(room.value?.incidents.values() ?? [])].filter(
    (i) => i.closed_at === null && i.organisation === own,
  );
  const dialog = useRef<HTMLDialogElement>(null);
  const close = async () => {
    dialog.current?.close();
    if (incident === null) return;
    const path = { incident: incident.id };
    if (await attempt(() => body(api.POST('/api/incidents/{incident}/close', { params: { path } })))) onNew();
  };
  return (
    <header>
      <h2>{incident === null ? t('newIncident') : `${t('incident')} ${incident.number}`}</h2>
      <span class="spacer" />
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
              {i.number} · {i.place_label}
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

export function NewPlace({ search }: { search: { current: HTMLInputElement | null } }) {
  const place = form.place.value;
  return (
    <>
      <PlaceSearch
        input={search}
        value={place?.label ?? ''}
        onChoose={(chosen) => {
          form.place.value = chosen;
        }}
      />
      <div class="pair">
        <label>
          {t('nature')}
          <select
            value={form.nature.value}
            onChange={(event) => {
              form.nature.value = event.currentTarget.value as form.Nature;
            }}
          >
            {form.NATURES.map((nature) => (
              <option key={nature} value={nature}>
                {t(`nature_${nature}`)}
              </option>
            ))}
          </select>
        </label>
        <label class="switch">
          <input
            type="checkbox"
            checked={form.massCasualty.value}
            onChange={(event) => {
              form.massCasualty.value = event.currentTarget.checked;
            }}
          />
          {t('massCasualty')}
        </label>
      </div>
    </>
  );
}
