/** One message; a wish with what became of it, and for the police room the two answers. */
import { St } from '../app/St';
import { shortcuts } from '../pages/samu/shortcuts';
import type { Message } from '../state/room';
import { cameras, me, nameOf } from '../state/store';
import { clockTime, language, t } from '../words';
import { OBSTACLES, type Obstacle } from './acts';
import { wordsOf } from './conversation';

interface Props {
  message: Message;
  /** The keys answer this one. */
  keyed: boolean;
  refusing: boolean;
  answers: boolean;
  onRefuse(message: string | null): void;
  /** `why` null: it was done. */
  onAnswer(message: string, why: Obstacle | null): void;
}

export function Said({ message, keyed, refusing, answers, onRefuse, onAnswer }: Props) {
  const mine = message.organisation === me.value?.organisation.id;
  const camera = message.camera === null ? undefined : cameras.value.get(message.camera);
  const words = wordsOf(message, me.value?.talk.templates ?? [], language.value);
  const open = message.kind === 'wish' && message.answer === null;
  return (
    <li class={`${mine ? 'mine' : ''} ${message.kind} ${open && answers ? 'asks' : ''}`}>
      <small>
        <b>{nameOf(message.author)}</b> <span class="num">{clockTime(Date.parse(message.sent_at))}</span>
        {camera && (
          <>
            {' · '}
            <span class="num">{camera.number}</span> {camera.name}
          </>
        )}
      </small>
      <p>{words ?? <i>{t('talkErased')}</i>}</p>
      {message.kind === 'wish' && <Fate message={message} />}
      {open && answers && (
        <div class="acts">
          <button type="button" class="btn sm ok" onClick={() => onAnswer(message.id, null)}>
            ✓ {t('wishDone')} {keyed && shortcuts.value && <kbd>F</kbd>}
          </button>
          <button
            type="button"
            class="btn sm no"
            aria-expanded={refusing}
            onClick={() => onRefuse(refusing ? null : message.id)}
          >
            {t('wishCannot')} {keyed && shortcuts.value && <kbd>I</kbd>}
          </button>
          <small>{t('wishMask')}</small>
        </div>
      )}
      {refusing && <Obstacles onChoose={(why) => onAnswer(message.id, why)} />}
    </li>
  );
}

function Fate({ message }: { message: Message }) {
  if (message.answer === null) return <St kind="wait">{t('answer_waiting')}</St>;
  const who = `${nameOf(message.answered_by)} ${clockTime(Date.parse(message.answered_at ?? ''))}`;
  return (
    <span class="fate">
      <St kind={message.answer === 'done' ? 'live' : 'off'}>
        {t(`answer_${message.answer}`)}
        {message.obstacle !== null && ` : ${t(`obstacle_${message.obstacle}`)}`}
      </St>
      <small class="num">{who}</small>
    </span>
  );
}

function Obstacles({ onChoose }: { onChoose(why: Obstacle): void }) {
  return (
    <fieldset class="why-not">
      <legend>{t('wishWhyNot')}</legend>
      {OBSTACLES.map((why, n) => (
        <button key={why} type="button" class="chip" onClick={() => onChoose(why)}>
          {t(`obstacle_${why}`)} {shortcuts.value && <kbd>{n + 1}</kbd>}
        </button>
      ))}
    </fieldset>
  );
}
