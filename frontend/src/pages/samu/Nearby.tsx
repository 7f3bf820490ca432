import { useEffect } from 'preact/hooks';
import { api, body } from '../../api/client';
import { cameras, organisationOf } from '../../state/store';
import { cameraCount, clockTime, type Key, t } from '../../words';
import * as form from './form';

const LISTED = 24;
const EXACT_M = 50;
const AGAIN_MS = 3_000;
/** So long a list is taken for true: cameras are held back and shown again meanwhile. */
const TRUE_MS = 25_000;

/** Keeps the list of nearby cameras true to the place, the radius and the hour; what could not be had is looked for again. */
export function useNearby(): void {
  const place = form.place.value;
  const radius = form.radiusM.value;
  const exercise = form.exercise.value;
  useEffect(() => {
    if (place === null) {
      form.sightings.value = [];
      return;
    }
    let current = true;
    let again = 0;
    const key = form.nearby.value;
    if (form.nearbyLost.value !== key) form.nearbyLost.value = ''; // what is said stays said until they are known
    const seek = (afterMs: number) => {
      again = window.setTimeout(() => {
        form.nearbyTries.value += 1;
      }, afterMs);
    };
    const query = {
      lat: place.lat,
      lon: place.lon,
      precision_m: place.precisionM,
      radius_m: radius,
      limit: LISTED,
      exercise,
    };
    body(api.GET('/api/nearby', { params: { query } })).then(
      (found) => {
        if (!current) return;
        form.sightings.value = found;
        form.nearbyOf.value = key;
        form.nearbyLost.value = '';
        seek(TRUE_MS);
      },
      () => {
        if (!current) return;
        if (!form.nearbyKnown.value) form.nearbyLost.value = key;
        seek(AGAIN_MS);
      },
    );
    return () => {
      current = false;
      window.clearTimeout(again);
    };
  }, [place, radius, exercise, form.nearbyTries.value]);
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
  if (!form.nearbyKnown.value) return <NotKnown />;
  return (
    <>
      <h3 class="list-title">
        <span role="status">
          {t('nearby')} · {cameraCount(found.length)}
        </span>
      </h3>
      <Precision />
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

/** Another place's cameras under this one's name would be asked for by mistake: meanwhile there is no list. */
function NotKnown() {
  if (form.nearbyAwaited.value)
    return (
      <p class="muted" role="status">
        {t('nearbyLoading')}
      </p>
    );
  return (
    <p class="banner bad inside" role="alert">
      {t('nearbyLost')}
      <button type="button" class="btn sm" onClick={form.seekAgain}>
        {t('tryAgain')}
      </button>
    </p>
  );
}

/** A place that is known only roughly is looked for farther: said, so that nobody trusts the distances too much. */
function Precision() {
  const precisionM = form.place.value?.precisionM ?? 0;
  if (precisionM <= EXACT_M) return null;
  return <p class="muted">{t('precision', { m: precisionM, r: form.radiusM.value + precisionM })}</p>;
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
            {barred === null
              ? t(`sight_${sighting.sight}` as Key, { m: sighting.distance_m })
              : `${sighting.distance_m} m · ${t(`not_${barred}` as Key)}`}
            {sighting.fault !== null && sighting.fault_at !== null && (
              <b class="ill">
                {' '}
                {t('failedAt', { at: clockTime(Date.parse(sighting.fault_at)).slice(0, 5) })}
              </b>
            )}
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
