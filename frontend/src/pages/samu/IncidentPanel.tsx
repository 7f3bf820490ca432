import type { ComponentChildren } from 'preact';
import { ExerciseMark } from '../../app/Exercise';
import { Failure } from '../../app/Failure';
import { showKeys } from '../../app/KeysLater';
import type { Incident } from '../../state/room';
import type { Tile } from '../../state/tiles';
import { clockTime, type Key, t } from '../../words';
import { Foreseen } from '../crisis/Foreseen';
import { Asked } from './Asked';
import { askNearest, releaseAll, sending } from './acts';
import * as form from './form';
import { Holder } from './Handover';
import { IncidentHead } from './IncidentHead';
import { Linked } from './Linked';
import { Nearby, useNearby } from './Nearby';
import { PlaceSearch } from './PlaceSearch';
import { Standing } from './Standing';
import { Steppers } from './Steppers';

interface Props {
  incident: Incident | null;
  /** The cameras of this incident; none while a new one is being described. */
  asked: readonly Tile[];
  /** What the wall shows, this incident's or the last one's. */
  shown: readonly Tile[];
  search: { current: HTMLInputElement | null };
  shortcuts: boolean;
  onShortcuts(on: boolean): void;
  onNew(): void;
}

/** The regulator's column: where, what for, how many, and the one big button. */
export function IncidentPanel(props: Props) {
  const { incident, asked, shown, search, shortcuts, onShortcuts, onNew } = props;
  useNearby();
  const running = form.running(asked);
  const wanted = form.nearbyKnown.value ? form.chosen(form.sightings.value, running) : [];
  return (
    <section class="panel inc" aria-label={t('incident')}>
      <IncidentHead incident={incident} onNew={onNew} />
      <div class="body">
        {incident === null ? (
          <NewPlace search={search} onEnter={askNearest} />
        ) : (
          <Known incident={incident} />
        )}
        <Steppers />
        <Intents hints={shortcuts} />
        {asked.length > 0 && <Asked shown={asked} />}
        <Nearby running={running} ask={new Set(wanted)} />
      </div>
      <footer class="tail">
        <Failure at="ask" />
        <Foreseen place={form.place.value} cameras={wanted} durationS={form.durationMin.value * 60} />
        <AskButton count={wanted.length} hints={shortcuts} onAsk={askNearest} />
        <Standing shown={shown} />
        <button
          type="button"
          class="btn no"
          disabled={!shown.some((tile) => tile.kind === 'live' || tile.kind === 'suspended')}
          onClick={() => void releaseAll(shown)}
        >
          {t('releaseAll')} {shortcuts && <kbd>⇧L</kbd>}
        </button>
        <div class="hints">
          <label class="switch">
            <input
              type="checkbox"
              checked={shortcuts}
              onChange={(event) => onShortcuts(event.currentTarget.checked)}
            />
            {t('shortcuts')}
            {shortcuts && <small>{t('shortcutKeys')}</small>}
          </label>
          <button type="button" class="btn sm quiet icon" aria-label={t('keysHelp')} onClick={showKeys}>
            ?
          </button>
        </div>
      </footer>
    </section>
  );
}

function Known({ incident }: { incident: Incident }) {
  return (
    <div>
      <h3>
        <ExerciseMark of={incident} /> {t(`nature_${incident.nature}` as Key)}
        {incident.mass_casualty && `, ${t('massCasualty')}`}
      </h3>
      <dl class="kv">
        <dt>{t('place')}</dt>
        <dd>{incident.place_label}</dd>
        <dt>{t('received')}</dt>
        <dd class="num">
          {clockTime(Date.parse(incident.opened_at))}
          {incident.case_ref && ` · ${t('case').toLowerCase()} ${incident.case_ref}`}
        </dd>
        <dt>{t('holder')}</dt>
        <dd>
          <Holder incident={incident} />
        </dd>
        <dt>{t('linked')}</dt>
        <dd>
          <Linked incident={incident} />
        </dd>
      </dl>
    </div>
  );
}

function NewPlace({ search, onEnter }: { search: Props['search']; onEnter(): void }) {
  return (
    <>
      <PlaceSearch key={form.begun.value} input={search} onEnter={onEnter} onChoose={form.choosePlace} />
      <div class="pair">
        <label class="case">
          {t('caseRef')}
          <input
            type="text"
            maxLength={32}
            pattern="[0-9A-Za-z/_.\-]*"
            placeholder={t('caseRefHint')}
            value={form.caseRef.value}
            onInput={(event) => {
              form.caseRef.value = event.currentTarget.value;
            }}
          />
        </label>
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
      </div>
      <div class="ticks">
        <Tick of={form.massCasualty}>{t('massCasualty')}</Tick>
        <Tick of={form.exercise}>{t('exerciseNew')}</Tick>
      </div>
    </>
  );
}

function Tick({ of, children }: { of: { value: boolean }; children: ComponentChildren }) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={of.value}
        onChange={(event) => {
          of.value = event.currentTarget.checked;
        }}
      />
      {children}
    </label>
  );
}

function Intents({ hints }: { hints: boolean }) {
  return (
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
          {t(`intent_${intent}`)} {hints && <kbd>{n + 1}</kbd>}
        </button>
      ))}
    </fieldset>
  );
}

function AskButton({ count, hints, onAsk }: { count: number; hints: boolean; onAsk(): void }) {
  const nowhere = form.place.value === null;
  return (
    <button
      id="ask"
      type="button"
      class="btn big p"
      disabled={sending.value || nowhere || (count === 0 && !form.nearbyAwaited.value)}
      onClick={onAsk}
    >
      {sending.value ? t('askingBusy') : askWords(nowhere, count)} {hints && <kbd>↵</kbd>}
    </button>
  );
}

function askWords(nowhere: boolean, count: number): string {
  if (nowhere) return t('askNone');
  if (form.nearbyAwaited.value) return t('nearbyLoading');
  if (count === 0) return t('askNoMore');
  if (form.picked.value !== null) return count === 1 ? t('askPicked1') : t('askPicked', { n: count });
  return count === 1 ? t('ask1') : t('askN', { n: count });
}
