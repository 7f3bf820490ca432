import { signal } from '@preact/signals';
import { Refused } from '../api/client';
import { type Draft, interrupt } from '../state/stepup';
import { loadMe } from '../state/store';
import { t } from '../words';
import { Phones } from './Phones';

/**
 * The last act that failed: where it was tried, and the service's words; null: it gave none, so nobody knows whether the
 * act was done. `call`: what it says to do is to telephone. Gone when read or when an act succeeds there.
 */
export const failure = signal<{ at: string; words: string | null; call?: boolean } | null>(null);

/**
 * Run an act; when it fails, say so at the `Failure` of that place. True when it succeeded.
 * Where it needs a recent authentication, its person is led there and back; `draft`: what they will find again.
 */
export async function attempt(act: () => Promise<unknown>, at = 'page', draft?: Draft): Promise<boolean> {
  try {
    await act();
    if (failure.value?.at === at) failure.value = null;
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.problem?.code === 'step_up') {
      failure.value = null;
      interrupt(draft);
      return false;
    }
    if (error.status === 401) void loadMe(); // to the front door, and back here
    const call = error.problem === null || error.problem.code === 'cut_unconfirmed';
    failure.value = { at, words: error.problem === null ? null : error.message, call };
    return false;
  }
}

/** Run acts side by side. One that fails is said, whatever becomes of the others. */
export const attemptAll = (acts: ReadonlyArray<() => Promise<unknown>>, at: string): Promise<boolean> =>
  attempt(async () => {
    const ends = await Promise.allSettled(acts.map((act) => act()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }, at);

export function Failure({ at = 'page' }: { at?: string }) {
  if (failure.value?.at !== at) return null;
  return (
    <p class={`banner bad ${at === 'page' ? '' : 'inside'}`} role="alert">
      <span>
        {failure.value.words ?? t('actLost')} {failure.value.call && <Phones />}
      </span>
      <button
        type="button"
        class="btn sm"
        onClick={() => {
          failure.value = null;
        }}
      >
        {t('close')}
      </button>
    </p>
  );
}
