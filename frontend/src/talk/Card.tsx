/** One conversation, open: what was said, ready words, a field. Its keys act while it has the focus. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ExerciseMark } from '../app/Exercise';
import { Failure } from '../app/Failure';
import { keyOf, modified, shortcuts } from '../pages/samu/shortcuts';
import type { Grant, Message, RoomState } from '../state/room';
import { cameras, me, organisationOf } from '../state/store';
import { t } from '../words';
import { answer, OBSTACLES, type Obstacle, PLACE, say } from './acts';
import { Composer } from './Composer';
import { conversation, openCameras, ready, steered, type Template, wishes } from './conversation';
import { Said } from './Said';

interface Props {
  room: RoomState;
  grant: Grant;
  /** All in which one may talk now. */
  grants: readonly Grant[];
  /** The camera that was looked at when it was opened. */
  camera: string | null;
  /** Unread, in any conversation. */
  fresh: readonly Message[];
  onChoose(grant: string): void;
  onClose(): void;
}

export function Card({ room, grant, grants, camera, fresh, onChoose, onClose }: Props) {
  const side = me.value?.organisation.side ?? 'hospital';
  const card = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [about, setAbout] = useState<string | null>(
    camera !== null && openCameras(grant).includes(camera) ? camera : null,
  );
  const [refusing, setRefusing] = useState<string | null>(null);
  const over = !grants.some((one) => one.id === grant.id);
  const said = conversation(room, grant.id);
  const waiting = side === 'city' && !over ? wishes(said)[0] : undefined;
  const words = ready(me.value?.talk.templates ?? [], side);
  const settle = (message: string, why: Obstacle | null) => {
    setRefusing(null);
    card.current?.focus(); // the buttons go, the keys stay
    void answer(message, why);
  };

  const target = (template: Template) =>
    template.kind === 'wish' ? steered(grant, about, cameras.value) : about;
  const possible = (template: Template) => template.kind === 'text' || target(template) !== null;
  const send = (template: Template) => {
    if (over || !possible(template)) return;
    void say(grant.id, { kind: template.kind, template: template.code, camera: target(template) });
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      if (refusing === null) onClose();
      else setRefusing(null);
      return true;
    }
    const typing = event.target instanceof Element && event.target.matches('input, select');
    if (typing || event.repeat || modified(event)) return false;
    const key = keyOf(event);
    const nth = Number(key) - 1;
    if (key === 'Enter' && event.target === card.current) field.current?.focus();
    else if (!shortcuts.value)
      return false; // the card takes the focus by itself (WCAG 2.1.4)
    else if (refusing !== null) {
      const why = OBSTACLES[nth];
      if (why === undefined) return false;
      settle(refusing, why);
    } else if (key === 'f' && waiting !== undefined) settle(waiting.id, null);
    else if (key === 'i' && waiting !== undefined) setRefusing(waiting.id);
    else if (words[nth] !== undefined && nth < 9) send(words[nth]);
    else return false;
    return true;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws its own frame and belongs into a form
    <div
      ref={card}
      role="group"
      class="card-talk"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys act while it has the focus
      tabIndex={0}
      aria-label={t('talkCard', { ref: grant.ref })}
      onKeyDown={(event) => {
        if (!keys(event)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Head
        room={room}
        grant={grant}
        grants={grants}
        side={side}
        fresh={fresh}
        onChoose={onChoose}
        onClose={onClose}
      />
      <Log
        said={said}
        first={waiting?.id ?? null}
        refusing={refusing}
        answers={side === 'city' && !over}
        onRefuse={setRefusing}
        onAnswer={settle}
      />
      <Failure at={PLACE} />
      {over ? (
        <p class="over">
          {t('talkOver')} <a href={`/retex?incident=${grant.incident}`}>{t('talkRetex')}</a>
        </p>
      ) : (
        <Composer
          grant={grant}
          about={about}
          onAbout={setAbout}
          words={words}
          possible={possible}
          field={field}
          onReady={send}
        />
      )}
    </div>
  );
}

interface HeadProps {
  room: RoomState;
  grant: Grant;
  grants: readonly Grant[];
  side: string;
  fresh: readonly Message[];
  onChoose(grant: string): void;
  onClose(): void;
}

function Head({ room, grant, grants, side, fresh, onChoose, onClose }: HeadProps) {
  const other = organisationOf(side === 'city' ? grant.beneficiary : grant.owner);
  const all = grants.some((one) => one.id === grant.id) ? grants : [grant, ...grants];
  const named = (one: Grant) => {
    const count = fresh.filter((message) => message.grant === one.id).length;
    const place = room.incidents.get(one.incident)?.place_label ?? '';
    return `${one.ref} · ${place}${count > 0 && one.id !== grant.id ? ` (${count})` : ''}`;
  };
  return (
    <header>
      <h2>
        {t('talk')} <small>{other?.short_name}</small> <ExerciseMark of={grant} />
      </h2>
      <span class="spacer" />
      {all.length > 1 ? (
        <select
          aria-label={t('talkWhich')}
          value={grant.id}
          onChange={(event) => onChoose(event.currentTarget.value)}
        >
          {all.map((one) => (
            <option key={one.id} value={one.id}>
              {named(one)}
            </option>
          ))}
        </select>
      ) : (
        <span class="muted num">{named(grant)}</span>
      )}
      <button type="button" class="btn sm quiet" onClick={onClose}>
        {t('close')} <kbd>{t('escape')}</kbd>
      </button>
    </header>
  );
}

interface LogProps {
  said: readonly Message[];
  /** The wish that keys answer. */
  first: string | null;
  refusing: string | null;
  answers: boolean;
  onRefuse(message: string | null): void;
  onAnswer(message: string, why: Obstacle | null): void;
}

function Log({ said, first, refusing, answers, onRefuse, onAnswer }: LogProps) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.lastElementChild?.scrollIntoView({ block: 'nearest' });
  }, [said.length, refusing]);
  if (said.length === 0) return <p class="empty">{t('talkEmpty')}</p>;
  return (
    // Said aloud by the status line of `Talk`, once, whether this is open or not.
    <ol ref={list} class="log" aria-live="off">
      {said.map((message) => (
        <Said
          key={message.id}
          message={message}
          keyed={message.id === first}
          refusing={message.id === refusing}
          answers={answers}
          onRefuse={onRefuse}
          onAnswer={onAnswer}
        />
      ))}
    </ol>
  );
}
