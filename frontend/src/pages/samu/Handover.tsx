/** The change of shift: who holds the incident, who waits for whom and for how long, and the one key that passes it on. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { Failure } from '../../app/Failure';
import { holderOf, type Stage, stageOf, waitingFor } from '../../state/handover';
import type { Incident, RoomState } from '../../state/room';
import { me, nameOf, room } from '../../state/store';
import { second } from '../../state/time';
import { type Key, minutes, t } from '../../words';
import { handOver } from './acts';
import * as form from './form';
import { known, openIncidents } from './onwall';
import { shortcuts } from './shortcuts';

/** The incident whose handover is on the screen. */
const subject = signal<string | null>(null);
export function openHandover(incident: string | null): void {
  subject.value = incident;
}

const self = (): string => me.value?.person.id ?? '';

/** What the key is about: the incident somebody waits for, else the one worked on. */
export const subjectOf = (state: RoomState | null, open: Incident | null): string | null =>
  (state && waitingFor(state, openIncidents(state), self())?.id) ?? open?.id ?? null;

/** Who holds the incident; opens the handover. */
export function Holder({ incident }: { incident: Incident }) {
  const state = room.value;
  if (state === null) return null;
  const holder = holderOf(state, incident);
  return (
    <button type="button" class="link" onClick={() => openHandover(incident.id)}>
      {holder === self() ? t('holderYou') : nameOf(holder)} · {t('handoverTitle')}{' '}
      {shortcuts.value && <kbd>H</kbd>}
    </button>
  );
}

/** Somebody waits for this person's word. Who has just signed in and holds nothing yet gets the dialog at once. */
export function HandoverBanner() {
  const state = room.value;
  const open = openIncidents(state);
  const waiting = state && waitingFor(state, open, self());
  const greeted = useRef(false);
  useEffect(() => {
    if (state === null || greeted.current) return;
    greeted.current = true;
    if (waiting !== null && !open.some((one) => holderOf(state, one) === self())) openHandover(waiting.id);
  }, [state === null]);
  const stage = state && waiting && stageOf(state, waiting, self());
  if (!waiting || !stage || !('by' in stage)) return null;
  const facts = { name: nameOf(stage.by), number: waiting.number };
  return (
    <p class="banner handover" role="alert">
      <span>{t(stage.kind === 'offered' ? 'handoverOffered' : 'handoverAsked', facts)}</span>
      <Waited since={stage.sinceMs} />
      <button type="button" class="btn sm p" onClick={() => openHandover(waiting.id)}>
        {t('handoverTitle')} {shortcuts.value && <kbd>H</kbd>}
      </button>
    </p>
  );
}

/** Not read aloud as it counts. */
const Waited = ({ since }: { since: number }) => (
  <b class="num" aria-live="off">
    {minutes(second.value - since)}
  </b>
);

/** The dialog. Its first button has the focus: Enter does what is expected. */
export function Handover() {
  const dialog = useRef<HTMLDialogElement>(null);
  const state = room.value;
  const incident = known(state, subject.value);
  const shown = state !== null && incident !== null;
  // Before the next key: that one is the dialog's, not the page's.
  useLayoutEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown, subject.value]);
  return (
    <dialog
      ref={dialog}
      class="handover"
      aria-label={t('handoverTitle')}
      onClose={() => {
        subject.value = null;
      }}
    >
      {shown && (
        <>
          <h2>
            {t('handoverTitle')} · {t('incident').toLowerCase()} {incident.number}
          </h2>
          <p class="muted">{incident.place_label}</p>
          <Body incident={incident} state={state} />
          <Failure at="handover" />
          <div class="acts">
            <button type="button" class="btn" onClick={() => dialog.current?.close()}>
              {t('close')} <kbd>Esc</kbd>
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}

/** What each stage says. */
const SAYS: Readonly<Record<Stage['kind'], Key>> = {
  mine: 'handoverMine',
  offering: 'handoverOffering',
  asked: 'handoverAskedYou',
  theirs: 'handoverTheirs',
  offered: 'handoverOfferedYou',
  asking: 'handoverAsking',
  wanted: 'handoverWanted',
};

function Body({ incident, state }: { incident: Incident; state: RoomState }) {
  const stage = stageOf(state, incident, self());
  const holder = holderOf(state, incident);
  const done = (act: Schemas['Act']) => async () => {
    const passed = await handOver(incident.id, act, holder);
    if (passed && (act === 'take' || stage.kind === 'offered')) form.workOn(incident);
    if (passed && (act === 'take' || stage.kind === 'offered' || stage.kind === 'asked')) openHandover(null);
  };
  const by = 'by' in stage ? nameOf(stage.by) : '';
  return (
    <>
      <p>{t(SAYS[stage.kind], { holder: nameOf(holder), name: by })}</p>
      {'sinceMs' in stage && (
        <p>
          {t('handoverWaits')} <Waited since={stage.sinceMs} />
        </p>
      )}
      <div class="choices" key={stage.kind}>
        {(stage.kind === 'mine' || stage.kind === 'asked') && (
          <Choice first onDo={done('offer')}>
            {stage.kind === 'mine' ? t('handoverOffer') : t('handoverGive', { name: by })}
          </Choice>
        )}
        {(stage.kind === 'theirs' || stage.kind === 'offered') && (
          <Choice first onDo={done('ask')}>
            {t(stage.kind === 'theirs' ? 'handoverAsk' : 'handoverAccept')}
          </Choice>
        )}
        {stage.kind === 'offering' && <NextPerson />}
        {(stage.kind === 'offering' || stage.kind === 'asking' || stage.kind === 'asked') && (
          <Choice onDo={done('withdraw')}>
            {t(stage.kind === 'asked' ? 'handoverDecline' : 'handoverWithdraw')}
          </Choice>
        )}
        {holder !== self() && stage.kind !== 'offered' && me.value?.roles.includes('samu_supervisor') && (
          <Choice onDo={done('take')}>{t('handoverTake')}</Choice>
        )}
      </div>
    </>
  );
}

interface ChoiceProps {
  first?: boolean;
  onDo(): Promise<void>;
  children: ComponentChildren;
}

function Choice({ first = false, onDo, children }: ChoiceProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (first) button.current?.focus();
  }, []);
  return (
    <button
      ref={button}
      type="button"
      class={`btn big ${first ? 'p' : ''}`}
      aria-disabled={busy} // and not disabled, which loses the focus
      onClick={() => {
        if (busy) return;
        setBusy(true);
        void onDo().finally(() => setBusy(false));
      }}
    >
      {children} {first && <kbd>↵</kbd>}
    </button>
  );
}

/** The next person signs in on this very workstation: their session replaces this one in one step. */
function NextPerson() {
  const [ways, setWays] = useState<Schemas['Provider'][]>([]);
  const [lost, setLost] = useState(false);
  const seek = async () => {
    const found = await body(api.GET('/api/sign-in')).catch(() => null);
    setLost(found === null);
    setWays((found?.providers ?? []).filter((one) => one.side === 'hospital'));
  };
  useEffect(() => void seek(), []);
  const first = useRef<HTMLAnchorElement>(null);
  useEffect(() => first.current?.focus(), [ways.length]);
  return (
    <>
      {lost && (
        <>
          <p class="banner bad inside" role="alert">
            {t('handoverWaysLost')}
          </p>
          <Choice first onDo={seek}>
            {t('tryAgain')}
          </Choice>
        </>
      )}
      {ways.map((way, n) => (
        <a
          key={way.id}
          ref={n === 0 ? first : null}
          class="btn big p"
          href={`${way.url}?next=/samu&as=another`}
        >
          <span>
            {t('handoverHere')}
            <small>{way.label}</small>
          </span>
          <kbd>↵</kbd>
        </a>
      ))}
    </>
  );
}
