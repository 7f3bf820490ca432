import { useEffect } from 'preact/hooks';
import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import { cameras, organisationOf } from '../../state/store';
import { cameraCount, type Key, t } from '../../words';
import * as form from './form';

const LISTED = 24;

/** Keeps the list of nearby cameras true to the place and the radius. */
export function useNearby(): void {
  const place = form.place.value;
  const radius = form.radiusM.value;
  useEffect(() => {
    if (place === null) {
      form.sightings.value = [];
      return;
    }
    let current = true;
    const query = {
      lat: place.lat,
      lon: place.lon,
      precision_m: place.precisionM,
      radius_m: radius,
      limit: LISTED,
    };
    void attempt(async () => {
      const found = await body(api.GET('/api/nearby', { params: { query } }));
      if (current) form.sightings.value = found;
    }, 'ask');
    return () => {
      current = false;
    };
  }, [place, radius]);
}

/** The cameras near the place, best first, with what each sees of it; ticked: those to be asked for. */
export function Nearby({ running, ask }: { running: ReadonlySet<string>; ask: ReadonlySet<string> }) {
  const found = form.sightings.value;
  if (form.place.value === null) {
    return (
      <div class="empty">
        <b>{t('noIncidentTitle')}</b>
        <span>{t('noIncidentDo')}</span>
      </div>
    );
  }
  const toggle = (camera: string) => {
    const next = new Set(ask);
    if (!next.delete(camera)) next.add(camera);
    form.picked.value = next;
  };
  return (
    <>
      <h3 class="list-title">
        {t('nearby')} · {cameraCount(found.length)}
      </h3>
      {found.length === 0 && <p class="muted">{t('nearbyNone')}</p>}
      <ul class="list near">
        {found
          .filter((s) => !running.has(s.camera))
          .map((sighting) => (
            <Row
              key={sighting.camera}
              sighting={sighting}
              asked={ask.has(sighting.camera)}
              onToggle={toggle}
            />
          ))}
      </ul>
    </>
  );
}

interface RowProps {
  sighting: form.Sighting;
  asked: boolean;
  onToggle(camera: string): void;
}

function Row({ sighting, asked, onToggle }: RowProps) {
  const camera = cameras.value.get(sighting.camera);
  const owner = organisationOf(camera?.owner ?? '');
  const barred = sighting.not_shareable;
  return (
    <li>
      <label class={`row ${barred === null ? '' : 'barred'}`}>
        <input
          type="checkbox"
          checked={asked}
          disabled={barred !== null}
          onChange={() => onToggle(sighting.camera)}
        />
        <span>
          <b>{camera?.name}</b>
          <small>
            {sighting.distance_m} m ·{' '}
            {barred === null ? t(`sight_${sighting.sight}` as Key) : t(`not_${barred}` as Key)}
            {camera?.simulated ? ` · ${t('demoSimulated')}` : ''}
          </small>
        </span>
        <span class="num muted" title={owner?.short_name}>
          {camera?.number}
        </span>
      </label>
    </li>
  );
}
