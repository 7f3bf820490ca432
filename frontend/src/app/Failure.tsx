import { signal } from '@preact/signals';
import { Refused } from '../api/client';
import { type Draft, interrupt } from '../state/stepup';
import { t } from '../words';

/** The last act that failed: where it was tried, and the service's words. Gone when read or when an act succeeds. */
export const failure = signal<{ at: string; words: string } | null>(null);

/**
 * Run an act; when it fails, say so at the `Failure` of that place. True when it succeeded.
 * Where it needs a recent authentication, its person is led there and back; `draft`: what they will find again.
 */
export async function attempt(act: () => Promise<unknown>, at = 'page', draft?: Draft): Promise<boolean> {
  try {
    await act();
    failure.value = null;
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.problem?.code === 'step_up') {
      failure.value = null;
      interrupt(draft);
      return false;
    }
    failure.value = { at, words: error.problem === null ? t('serviceDown') : error.message };
    return false;
  }
}

export function Failure({ at = 'page' }: { at?: string }) {
  if (failure.value?.at !== at) return null;
  return (
    <p class={`banner bad ${at === 'page' ? '' : 'inside'}`} role="alert">
      {failure.value.words}
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
