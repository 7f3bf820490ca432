/** What a page reads before it can show anything: under way, there, or not to be had, each in words. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refused } from '../api/client';
import { loadMe } from '../state/store';
import { t } from '../words';

/** `words`: the service's own; null: it gave none. */
type State<T> = { kind: 'reading' } | { kind: 'read'; it: T } | { kind: 'lost'; words: string | null };

export interface Reading<T> {
  state: State<T>;
  /** Read once more; what was read stays meanwhile. */
  again(): void;
}

/** Reads when the page opens and whenever `key` changes; an answer that comes late counts no more. */
export function useReading<T>(key: string, read: () => Promise<T>): Reading<T> {
  const [state, setState] = useState<State<T>>({ kind: 'reading' });
  const [tries, setTries] = useState(0);
  const last = useRef(key);
  useEffect(() => {
    let current = true;
    const lost = (error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) void loadMe(); // to the front door, and back here
      if (current) setState({ kind: 'lost', words: error.problem === null ? null : error.message });
    };
    setState((now) => (now.kind === 'read' && last.current === key ? now : { kind: 'reading' }));
    last.current = key;
    read().then((it) => current && setState({ kind: 'read', it }), lost);
    return () => {
      current = false;
    };
  }, [key, tries]);
  return { state, again: () => setTries((n) => n + 1) };
}

/** The page's words until there is something to show. */
export function Read<T>({ of, children }: { of: Reading<T>; children(it: T): ComponentChildren }) {
  const { state, again } = of;
  if (state.kind === 'read') return <>{children(state.it)}</>;
  if (state.kind === 'reading')
    return (
      <p class="notice" role="status">
        {t('loading')}
      </p>
    );
  return (
    <div class="notice" role="alert">
      <p>{state.words ?? t('readLost')}</p>
      <button type="button" class="btn" onClick={again}>
        {t('tryAgain')}
      </button>
    </div>
  );
}
