/** A recent authentication: until when theirs is one, and what a person was about to do when it was missing. */
import { signal } from '@preact/signals';
import type { Me } from './store';

/** So long before it runs out the room says so. */
export const WARN_MS = 10 * 60_000;

/** `free`: nothing this person may do needs one. */
export type Recent = { kind: 'free' } | { kind: 'ok' | 'soon'; leftMs: number } | { kind: 'over' };

export function recent(who: Pick<Me, 'needs_recent' | 'recent_until'>, nowMs: number): Recent {
  if (!who.needs_recent) return { kind: 'free' };
  if (who.recent_until === null) return { kind: 'over' };
  const leftMs = Date.parse(who.recent_until) - nowMs;
  if (leftMs <= 0) return { kind: 'over' };
  return { kind: leftMs <= WARN_MS ? 'soon' : 'ok', leftMs };
}

/** What an act is about, and what was filled in for it: kept in this tab until its person is back. */
export interface Draft {
  of: string;
  filled: unknown;
}

/** Where to come back to from the sign-in that an act needs; null: no act waits for one. */
export const interrupted = signal<string | null>(null);

const key = (of: string) => `draft ${of}`;

/** An act was refused for want of a recent authentication. */
export function interrupt(draft?: Draft): void {
  if (draft !== undefined) sessionStorage.setItem(key(draft.of), JSON.stringify(draft.filled));
  interrupted.value = location.pathname + (draft === undefined ? '' : `#${draft.of}`);
}

/** What was filled in before the sign-in, once. */
export function resumed<T>(of: string): T | null {
  const kept = sessionStorage.getItem(key(of));
  sessionStorage.removeItem(key(of));
  return kept === null ? null : (JSON.parse(kept) as T);
}

/** What the person was at before the sign-in, once. */
export function returnedTo(): string | null {
  const of = location.hash.slice(1);
  if (of !== '') history.replaceState(null, '', location.pathname + location.search);
  return of || null;
}

export const stepUpUrl = (next: string): string => `/auth/step-up?next=${encodeURIComponent(next)}`;
