/** The rooms talk: one bar that says what is new, one key that opens it, in both rooms the same. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Awaited, useLate } from '../app/Later';
import { St } from '../app/St';
import { chime } from '../app/sound';
import type { Grant, Message, RoomState } from '../state/room';
import { me, nameOf, organisationOf } from '../state/store';
import { language, plural, t } from '../words';
import { conversation, first, heard, talking, unread, wishes, wordsOf } from './conversation';
import { look, seen } from './read';

/** Not a letter, so that it acts wherever the focus is and in no field (WCAG 2.1.4). */
const KEY = 'F2';

export function Talk({ room, camera }: { room: RoomState; camera: string | null }) {
  const own = me.value?.organisation;
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const said = useNews(room, own?.id ?? '');
  const grants = talking(room, own?.id ?? '');
  const fresh = grants.flatMap((grant) => unread(conversation(room, grant.id), own?.id ?? '', seen.value));
  const kept = chosen === null ? undefined : room.grants.get(chosen);
  const grant = kept ?? first(grants, fresh);
  const back = useRef<HTMLElement | null>(null);
  const show = () => {
    back.current = document.activeElement as HTMLElement | null;
    setChosen(first(grants, fresh)?.id ?? null);
    setOpen(true);
  };
  const close = () => {
    setOpen(false);
    setChosen(null);
    back.current?.focus();
  };
  // The conversation's code comes once there is somebody to talk to, before anybody opens it.
  const { part, lost } = useLate(() => import('./Card'), grant !== null);
  const Card = part?.Card ?? null;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (open) panel.current?.querySelector<HTMLElement>('.card-talk')?.focus();
  }, [open, Card]);
  useKey(() => (open ? close() : show()), grant !== null);
  useLooking(open && Card !== null ? grant : null, room);
  if (own === undefined || grant === null) return null;
  return (
    <section ref={panel} class={`panel talk ${open ? 'open' : ''}`} aria-label={t('talk')}>
      <p class="sr" role="status">
        {said}
      </p>
      {open && Card !== null ? (
        <Card
          key={grant.id}
          room={room}
          grant={grant}
          grants={grants}
          camera={camera}
          fresh={fresh}
          onChoose={setChosen}
          onClose={close}
        />
      ) : (
        <Closed grant={grant} fresh={fresh.length} waiting={waitingFor(room, grants)} onOpen={show} />
      )}
      {open && Card === null && <Awaited lost={lost} />}
    </section>
  );
}

interface ClosedProps {
  grant: Grant;
  fresh: number;
  waiting: number;
  onOpen(): void;
}

function Closed({ grant, fresh, waiting, onOpen }: ClosedProps) {
  const city = me.value?.organisation.side === 'city';
  const other = organisationOf(city ? grant.beneficiary : grant.owner);
  return (
    <button type="button" class="bar" aria-expanded={false} onClick={onOpen}>
      <b>{t('talk')}</b>
      <span class="muted">{other?.short_name}</span>
      <span class="spacer" />
      {waiting > 0 && (
        <St kind={city ? 'exp' : 'wait'}>
          {waiting} {plural(waiting, t('talkWish'), t('talkWishes'))}
        </St>
      )}
      {fresh > 0 && (
        <St kind="wait">
          {fresh} {plural(fresh, t('talkUnread1'), t('talkUnread'))}
        </St>
      )}
      <kbd>{KEY}</kbd>
    </button>
  );
}

const waitingFor = (room: RoomState, grants: readonly Grant[]): number =>
  grants.reduce((sum, grant) => sum + wishes(conversation(room, grant.id)).length, 0);

/** Sounds once for what the other room says; the words for who cannot see it. */
function useNews(room: RoomState, own: string): string {
  const after = useRef(room.asOf);
  const [said, setSaid] = useState('');
  useEffect(() => {
    const news = heard(room, own, after.current);
    after.current = room.asOf;
    const newest = news.at(-1);
    if (newest === undefined) return;
    setSaid(news.map(spoken).join(' '));
    chime(t('talkNew', { actor: nameOf(newest.answered_by ?? newest.author) }));
  }, [room, own]);
  return said;
}

function spoken(message: Message): string {
  const words = wordsOf(message, me.value?.talk.templates ?? [], language.value) ?? '';
  if (message.answer === null) return `${t('talkFrom', { actor: nameOf(message.author) })} ${words}.`;
  const why = message.obstacle === null ? '' : `, ${t(`obstacle_${message.obstacle}`)}`;
  return `${t('talkFrom', { actor: nameOf(message.answered_by) })} ${words} : ${t(`answer_${message.answer}`)}${why}.`;
}

/** The key acts from the moment the bar that names it is on the page, not one paint later. */
function useKey(toggle: () => void, possible: boolean): void {
  const current = useRef(toggle);
  current.current = toggle;
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const busy = document.querySelector('dialog[open]') !== null;
      if (event.key !== KEY || event.repeat || busy || !possible) return;
      event.preventDefault();
      current.current();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [possible]);
}

/** What is shown on a visible page has been looked at. */
function useLooking(grant: Grant | null, room: RoomState): void {
  const [, again] = useState(0);
  useEffect(() => {
    const changed = () => again((n) => n + 1);
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  useEffect(() => {
    if (grant !== null && !document.hidden) look(conversation(room, grant.id), room.messages);
  });
}
