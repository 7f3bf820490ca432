/** What can be said: which camera it is about, ready words by key, and a short text. */
import { useState } from 'preact/hooks';
import { shortcuts } from '../pages/samu/shortcuts';
import type { Grant } from '../state/room';
import { cameras, me } from '../state/store';
import { language, t } from '../words';
import { say } from './acts';
import { length, openCameras, type Template } from './conversation';

interface Props {
  grant: Grant;
  about: string | null;
  onAbout(camera: string | null): void;
  words: readonly Template[];
  possible(template: Template): boolean;
  field: { current: HTMLInputElement | null };
  onReady(template: Template): void;
}

const COUNTED_FROM = 20;

export function Composer({ grant, about, onAbout, words, possible, field, onReady }: Props) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const most = me.value?.talk.text_max ?? 140;
  const left = most - length(text.trim());
  const send = async () => {
    if (text.trim() === '' || left < 0 || busy) return;
    setBusy(true);
    if (await say(grant.id, { kind: 'text', text, camera: about })) setText('');
    setBusy(false);
    field.current?.focus();
  };
  const wishes = words.filter((template) => template.kind === 'wish');
  const none = wishes.length > 0 && !wishes.some(possible);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label>
        <span>{t('talkAbout')}</span>
        <select value={about ?? ''} onChange={(event) => onAbout(event.currentTarget.value || null)}>
          <option value="">{t('talkAll')}</option>
          {openCameras(grant).map((id) => {
            const camera = cameras.value.get(id);
            return (
              <option key={id} value={id}>
                {camera?.number} · {camera?.name}
                {camera?.mounting === 'ptz' && ` · ${t('talkMovable')}`}
              </option>
            );
          })}
        </select>
      </label>
      <div class="ready">
        {words.map((template, n) => (
          <button
            key={template.code}
            type="button"
            class={`chip ${template.kind}`}
            disabled={!possible(template)}
            onClick={() => onReady(template)}
          >
            {template[language.value]} {n < 9 && shortcuts.value && <kbd>{n + 1}</kbd>}
          </button>
        ))}
      </div>
      {none && <small>{t('talkNoneMovable')}</small>}
      <div class="line">
        <input
          ref={field}
          type="text"
          aria-label={t('talkField')}
          aria-describedby="talk-rule"
          placeholder={t('talkField')}
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="btn p" disabled={busy || text.trim() === '' || left < 0}>
          {t('talkSend')} <kbd>↵</kbd>
        </button>
      </div>
      <small id="talk-rule">
        {left <= COUNTED_FROM ? (
          <b class={`num ${left < 0 ? 'bad' : ''}`}>{t('talkLeft', { n: left })}</b>
        ) : (
          t('talkRule')
        )}
      </small>
    </form>
  );
}
