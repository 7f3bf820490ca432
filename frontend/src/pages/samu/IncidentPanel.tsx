import { useEffect, useRef, useState } from 'preact/hooks';
import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import { St, type StKind } from '../../app/St';
import type { Incident } from '../../state/room';
import { cameras, me, organisationOf, room } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { cameraCount, clockTime, type Key, t } from '../../words';
import * as form from './form';
import { PlaceSearch } from './PlaceSearch';

const CAMERAS = [1, 2, 3, 4, 6, 8, 9, 12, 16];
const RADII = [100, 200, 300, 500, 1000, 2000];
const MINUTES = [5, 10, 15, 20, 30];

const TILE_STATE: Record<Tile['kind'], { kind: StKind; word: Key }> = {
  waiting: { kind: 'wait', word: 'stWait' },
  live: { kind: 'live', word: 'stLive' },
  over: { kind: 'off', word: 'stEnded' },
  refused: { kind: 'off', word: 'stRefused' },
  lapsed: { kind: 'off', word: 'stLapsed' },
};

/** A revoked camera and one whose time is over are told apart. */
export function tileState(tile: Tile): { kind: StKind; word: Key } {
  if (tile.kind === 'over' && tile.cause !== 'expired' && tile.cause !== 'released')
    return { kind: 'off', word: 'stRevoked' };
  return TILE_STATE[tile.kind];
}

interface Props {
  incident: Incident | null;
  shown: readonly Tile[];
  search: { current: HTMLInputElement | null };
  shortcuts: boolean;
  onShortcuts(on: boolean): void;
  onNew(): void;
}

export function IncidentPanel({ incident, shown, search, shortcuts, onShortcuts, onNew }: Props) {
  useNearby();
  const running = new Set(
    shown.filter((tile) => tile.kind === 'live' || tile.kind === 'waiting').map((x) => x.camera),
  );
  const ask = form.chosen(form.sightings.value, running);
  return (
    <section class="panel inc" aria-label={t('incident')}>
      <IncidentHead incident={incident} onNew={onNew} />
      <div class="body">
        {incident === null ? (
          <NewPlace search={search} />
        ) : (
          <>
            <h3>
              {t(`nature_${incident.nature}` as Key)}
              {incident.mass_casualty && `, ${t('massCasualty')}`}
            </h3>
            <dl class="kv">
              <dt>{t('place')}</dt>
              <dd>{incident.place_label}</dd>
              <dt>{t('received')}</dt>
              <dd class="num">
                {clockTime(Date.parse(incident.opened_at))}
                {incident.case_ref && ` · ${incident.case_ref}`}
              </dd>
            </dl>
          </>
        )}
        <Steppers />
        <fieldset class="intents">
          <legend>{t('intent')}</legend>
          {form.INTENTS.map((intent, n) => (
            <button
              key={intent}
              type="button"
              class="chip"
              aria-pressed={form.intent.value === intent}
              onClick={() => {
                form.intent.value = intent;
              }}
            >
              {t(`intent_${intent}`)} {shortcuts && <kbd>{n + 1}</kbd>}
            </button>
          ))}
        </fieldset>
        {shown.length > 0 && <Asked shown={shown} />}
        <Nearby running={running} ask={new Set(ask)} />
      </div>
      <footer class="tail">
        <Ask incident={incident} ask={ask} shortcuts={shortcuts} />
        <Phone />
        <button
          type="button"
          class="btn no"
          disabled={!shown.some((tile) => tile.kind === 'live')}
          onClick={() => void releaseAll(shown)}
        >
          {t('releaseAll')} {shortcuts && <kbd>⇧L</kbd>}
        </button>
        <label class="switch">
          <input
            type="checkbox"
            checked={shortcuts}
            onChange={(event) => onShortcuts(event.currentTarget.checked)}
          />
          {t('shortcuts')}
        </label>
      </footer>
    </section>
  );
}

export async function releaseAll(shown: readonly Tile[]): Promise<void> {
  const grants = new Set(shown.flatMap((tile) => (tile.kind === 'live' ? [tile.grant.id] : [])));
  for (const grant of grants) {
    await attempt(() =>
      body(api.POST('/api/grants/{grant}/release', { params: { path: { grant } }, body: {} })),
    );
  }
}

/** Keeps the list of nearby cameras true to the place and the radius. */
function useNearby(): void {
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
      limit: 24,
    };
    void attempt(async () => {
      const found = await body(api.GET('/api/nearby', { params: { query } }));
      if (current) form.sightings.value = found;
    });
    return () => {
      current = false;
    };
  }, [place, radius]);
}

function IncidentHead({ incident, onNew }: { incident: Incident | null; onNew(): void }) {
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

function NewPlace({ search }: { search: { current: HTMLInputElement | null } }) {
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

function Steppers() {
  return (
    <div class="steppers">
      <Stepper
        label={t('cameras')}
        value={form.wanted}
        steps={CAMERAS}
        unit=""
        onStep={() => {
          form.picked.value = null;
        }}
      />
      <Stepper label={t('radius')} value={form.radiusM} steps={RADII} unit=" m" />
      <Stepper label={t('duration')} value={form.durationMin} steps={MINUTES} unit=" min" />
    </div>
  );
}

interface StepperProps {
  label: string;
  value: { value: number };
  steps: readonly number[];
  unit: string;
  onStep?(): void;
}

function Stepper({ label, value, steps, unit, onStep }: StepperProps) {
  const move = (by: number) => {
    value.value = form.stepped(value.value, by, steps);
    onStep?.();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would add a frame to three narrow columns
    <div role="group" aria-label={label}>
      <span>{label}</span>
      <div class="stepper">
        <button type="button" aria-label={`${label} : ${t('less')}`} onClick={() => move(-1)}>
          −
        </button>
        <output class="num">
          {value.value}
          {unit}
        </output>
        <button type="button" aria-label={`${label} : ${t('more')}`} onClick={() => move(1)}>
          +
        </button>
      </div>
    </div>
  );
}

function Ask({ incident, ask, shortcuts }: { incident: Incident | null; ask: string[]; shortcuts: boolean }) {
  const [busy, setBusy] = useState(false);
  const place = form.place.value;
  const words = place === null ? t('askNone') : `${t('ask')} (${ask.length})`;
  return (
    <button
      id="ask"
      type="button"
      class="btn big p"
      disabled={busy || place === null || ask.length === 0}
      onClick={async () => {
        setBusy(true);
        await attempt(() => submit(incident, ask));
        setBusy(false);
      }}
    >
      {busy ? t('askingBusy') : words} {shortcuts && <kbd>↵</kbd>}
    </button>
  );
}

/** Open the incident if there is none yet, then ask. */
export async function submit(incident: Incident | null, ask: string[]): Promise<void> {
  const place = form.place.value;
  if (place === null || ask.length === 0) return;
  let id = incident?.id;
  if (id === undefined) {
    const opened = await body(
      api.POST('/api/incidents', {
        body: {
          nature: form.nature.value,
          mass_casualty: form.massCasualty.value,
          lat: place.lat,
          lon: place.lon,
          place_label: place.label.slice(0, 120),
          precision_m: place.precisionM,
          exercise: false,
        },
      }),
    );
    id = opened.id;
  }
  await body(
    api.POST('/api/requests', {
      body: {
        incident: id,
        cameras: ask,
        duration_s: form.durationMin.value * 60,
        intent: form.intent.value,
        purpose: 'rescue',
      },
    }),
  );
  form.picked.value = null;
  form.incidentId.value = id;
}

/** Whom to telephone when nothing else works: always visible. */
function Phone() {
  const city = me.value?.partners.find((partner) => partner.side === 'city');
  if (city === undefined) return null;
  return (
    <p class="phone">
      {t('call')} {city.short_name} : <a href={`tel:${city.phone.replace(/\s/g, '')}`}>{city.phone}</a>
    </p>
  );
}

function Asked({ shown }: { shown: readonly Tile[] }) {
  return (
    <ol class="list" aria-label={t('wall')}>
      {shown.map((tile, n) => {
        const state = tileState(tile);
        return (
          <li key={tile.camera} class={`row ${state.kind}`}>
            <span class="n num">{n + 1}</span>
            <span>
              <b>{cameras.value.get(tile.camera)?.name}</b>
            </span>
            <St kind={state.kind}>{t(state.word)}</St>
          </li>
        );
      })}
    </ol>
  );
}

function Nearby({ running, ask }: { running: ReadonlySet<string>; ask: ReadonlySet<string> }) {
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
            <NearbyRow
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

function NearbyRow({ sighting, asked, onToggle }: RowProps) {
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
