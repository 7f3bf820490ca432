/** The change of shift: who holds the incident, who waits for whom and for how long, and the one key that passes it on. */
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { Awaited, useLate } from '../../app/Later';
import { holderOf, stageOf, waitingFor } from '../../state/handover';
import type { Incident, RoomState } from '../../state/room';
import { me, nameOf, room } from '../../state/store';
import { second } from '../../state/time';
import { minutes, speakOfAll, t } from '../../words';
import { known, openIncidents } from './onwall';
import { shortcuts } from './shortcuts';

/** The incident whose handover is on the screen. */
const subject = signal<string | null>(null);
export function openHandover(incident: string | null): void {
  subject.value = incident;
}

export const self = (): string => me.value?.person.id ?? '';

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
export const Waited = ({ since }: { since: number }) => (
  <b class="num" aria-live="off">
    {minutes(second.value - since)}
  </b>
);

/**
 * The dialog. Its first button has the focus: Enter does what is expected. What it says comes after the room and before
 * it is asked for; until then it takes the keys, which are not the page's.
 */
export function Handover() {
  const dialog = useRef<HTMLDialogElement>(null);
  const state = room.value;
  const { part, lost } = useLate(() => Promise.all([import('./HandoverBody'), speakOfAll()]), state !== null);
  const Body = part?.[0].HandoverBody;
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
          {Body ? <Body incident={incident} state={state} /> : <Awaited lost={lost} />}
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
