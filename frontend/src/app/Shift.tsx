/** Start of shift: what must work before the first request comes, each with its state in words, and a test. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { type Key, t } from '../words';
import { St, type StKind } from './St';
import { RecentCheck } from './StepUp';
import { awake, notifying, sound, startShift } from './sound';

/** The sound pill; before the start of shift, the button that unlocks it. `children`: what else a room asks. */
export function ShiftButton({ children }: { children?: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const ready = sound.value === 'ready';
  const open = async () => {
    if (!ready) await startShift();
    dialog.current?.showModal();
  };
  return (
    <>
      <button
        type="button"
        class={`btn sm ${ready ? 'quiet' : 'p'}`}
        title={t(ready ? 'shiftTitle' : 'soundHint')}
        onClick={() => void open()}
      >
        ♪ {t(ready ? 'soundOn' : 'soundOff')}
      </button>
      <dialog ref={dialog} class="shift" aria-label={t('shiftTitle')}>
        <h2>{t('shiftTitle')}</h2>
        <ul>
          {checks().map(({ kind, word, todo }) => (
            <li key={word}>
              <St kind={kind}>{t(word)}</St>
              {todo !== null && <span>{t(todo)}</span>}
            </li>
          ))}
          <RecentCheck />
        </ul>
        {children}
        <div class="acts">
          <button type="button" class="btn" onClick={() => void startShift()}>
            ♪ {t('shiftTest')}
          </button>
          <button type="button" class="btn p" onClick={() => dialog.current?.close()}>
            {t('shiftDone')}
          </button>
        </div>
      </dialog>
    </>
  );
}

interface Check {
  kind: StKind;
  word: Key;
  todo: Key | null;
}

function checks(): Check[] {
  const well = (yes: boolean, ok: Key, no: Key, todo: Key): Check =>
    yes ? { kind: 'live', word: ok, todo: null } : { kind: 'stale', word: no, todo };
  return [
    well(sound.value === 'ready', 'shiftSoundOk', 'shiftSoundNo', 'shiftSoundDo'),
    well(notifying.value === 'granted', 'shiftNotifyOk', 'shiftNotifyNo', 'shiftNotifyDo'),
    well(awake.value === 'yes', 'shiftAwakeOk', 'shiftAwakeNo', 'shiftAwakeDo'),
  ];
}

/** A post that would not ring says so: before the start of shift, and when the browser took the sound away. */
export function SoundBanner() {
  if (sound.value === 'ready') return null;
  const taken = sound.value === 'suspended';
  return (
    <p class="banner" role={taken ? 'alert' : 'status'}>
      {t(taken ? 'soundBanner' : 'soundLocked')}
      <button type="button" class="btn sm" onClick={() => void startShift()}>
        ♪ {t('soundUnlock')}
      </button>
    </p>
  );
}
