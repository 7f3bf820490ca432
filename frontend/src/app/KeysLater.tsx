import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { speakOfAll } from '../words';

export type KeysOf = 'samu' | 'cic';
export const keysShown = signal(false);
export function showKeys(): void {
  keysShown.value = true;
}
export function hideKeys(): void {
  keysShown.value = false;
}

/** The list of keys: its code and words come when somebody asks for it. */
export function KeysLater({ of }: { of: KeysOf }) {
  const [Dialog, setDialog] = useState<FunctionComponent<{ of: KeysOf }> | null>(null);
  useEffect(() => {
    if (keysShown.value && Dialog === null)
      Promise.all([import('./Keys'), speakOfAll()]).then(([{ Keys }]) => setDialog(() => Keys), hideKeys);
  }, [keysShown.value]);
  return Dialog && <Dialog of={of} />;
}
