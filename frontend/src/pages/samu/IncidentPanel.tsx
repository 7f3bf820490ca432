import { useState } from 'preact/hooks';
import { attempt } from '../../app/Failure';
import { St } from '../../app/St';
import type { Incident } from '../../state/room';
import { cameras, me } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { clockTime, type Key, t } from '../../words';
import { releaseAll, submit } from './asking';
import * as form from './form';
import { IncidentHead, NewPlace } from './IncidentHead';
import { Nearby, useNearby } from './Nearby';
import { Steppers } from './Steppers';
import { tileState } from './tileState';

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
