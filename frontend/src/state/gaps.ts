/** Every time a picture of this wall was not what happens now, since the page was opened: kept for the whole session. */
import { signal } from '@preact/signals';
import type { PlayerState } from '../player/contract';

export type Why = 'stale' | 'fault' | 'reconnecting' | 'paused' | 'suspect';

export interface Gap {
  key: string;
  camera: string;
  why: Why;
  fromMs: number;
  /** Since when no picture came; null: pictures come, and may not be believed. */
  lastMs: number | null;
  /** Since when none comes although somebody looks; null: pictures come, or the page was hidden. */
  failsMs: number | null;
  /** null: it lasts. */
  toMs: number | null;
}

const KEPT_MAX = 500;
/** Newest first. */
export const gaps = signal<readonly Gap[]>([]);
/** Pictures that were live: before the first one nothing is missing. */
const begun = new Set<string>();

const EVIL: Readonly<Partial<Record<PlayerState['kind'], Why>>> = {
  stale: 'stale',
  fault: 'fault',
  reconnecting: 'reconnecting',
  connecting: 'reconnecting',
  paused: 'paused',
};

const FAILS: ReadonlySet<Why | null> = new Set<Why | null>(['stale', 'fault', 'reconnecting']);

function whyOf(state: PlayerState): Why | null {
  if (state.kind === 'live') return state.suspect === null ? null : 'suspect';
  return EVIL[state.kind] ?? null;
}

/** The list after `key` (a camera of a grant) came to say `state`. Pure. */
export function noted(
  known: readonly Gap[],
  at: { key: string; camera: string; nowMs: number },
  state: PlayerState,
): readonly Gap[] {
  const why = whyOf(state);
  const open = gapOf(known, at.key);
  if (open?.why === why || (open === undefined && why === null)) return known;
  // From one trouble into the next: one gap, named by what it came to be at last.
  const begins = state.kind === 'stale' ? Math.min(state.captureMs, at.nowMs) : at.nowMs;
  const lastMs = why === 'suspect' ? null : (open?.lastMs ?? begins);
  const failsMs = FAILS.has(why) ? (open?.failsMs ?? begins) : null;
  if (open !== undefined && why !== null)
    return known.map((gap) => (gap === open ? { ...gap, why, lastMs, failsMs } : gap));
  if (open !== undefined)
    return known.map((gap) => (gap === open ? { ...gap, toMs: Math.max(gap.fromMs, at.nowMs) } : gap));
  const gap: Gap = {
    key: at.key,
    camera: at.camera,
    why: why as Why,
    fromMs: begins,
    lastMs,
    failsMs,
    toMs: null,
  };
  return [gap, ...known].slice(0, KEPT_MAX);
}

/** What is missing of this picture now. */
export const gapOf = (known: readonly Gap[], key: string): Gap | undefined =>
  known.find((gap) => gap.key === key && gap.toMs === null);

export function gapSaid(key: string, camera: string, nowMs: number, state: PlayerState): void {
  if (state.kind === 'live') begun.add(key);
  if (begun.has(key)) gaps.value = noted(gaps.value, { key, camera, nowMs }, state);
}

/** The picture left the wall: what was missing is over. */
export function gapOver(key: string, nowMs: number): void {
  begun.delete(key);
  if (gaps.value.some((gap) => gap.key === key && gap.toMs === null))
    gaps.value = gaps.value.map((gap) =>
      gap.key === key && gap.toMs === null ? { ...gap, toMs: Math.max(gap.fromMs, nowMs) } : gap,
    );
}
