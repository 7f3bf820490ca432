import { signal } from '@preact/signals';
import { Refused } from '../api/client';
import { t } from '../words';

/** The last act that failed, in the service's words, until it is read or another act succeeds. */
export const failure = signal<string | null>(null);

/** Run an act; say where it failed. True when it succeeded. */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    failure.value = null;
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    failure.value = error.problem === null ? t('serviceDown') : error.message;
    return false;
  }
}

export function Failure() {
  if (failure.value === null) return null;
  return (
    <p class="banner bad" role="alert">
      {failure.value}
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
