import type { Cause, PlayerState, Served, StaleLevel, Suspect } from './contract';

/** Ages in milliseconds of the picture shown, judged on its capture time by the server's clock. */
export const STALE_MS: ReadonlyArray<readonly [number, StaleLevel]> = [
  [30_000, 'hidden'],
  [10_000, 'alarm'],
  [2_000, 'grey'],
];
export const SILENT_MS = 2_000;
/** More than any line delays a message: clocks apart by this were set. */
const CLOCKS_DIFFER_MS = 1_000;

/** What is known of a stream. Local times in milliseconds of one monotonic clock; captures on the server's. */
export interface Facts {
  openedMs: number;
  drawn: { captureMs: number; estimated: boolean; damaged: boolean; served: Served | null } | null;
  /** The picture drawn is the newest of an unbroken stream: nothing is missing after it, nothing blanked it. */
  whole: boolean;
  /** The decoder gave up. */
  undecodable: boolean;
  stateAtMs: number | null;
  state: 'connecting' | 'live' | 'stalled' | 'fault' | 'suspended' | null;
  cause: Cause | null;
  suspect: Suspect | null;
  endsAtMs: number | null;
  end: { reason: string; retry: boolean } | null;
  paused: boolean;
  attempt: number;
}

/** Nothing is known yet. */
export function freshFacts(openedMs: number, paused: boolean): Facts {
  return {
    openedMs,
    drawn: null,
    whole: false,
    undecodable: false,
    stateAtMs: null,
    state: null,
    cause: null,
    suspect: null,
    endsAtMs: null,
    end: null,
    paused,
    attempt: 0,
  };
}

export function staleLevel(ageMs: number): StaleLevel | null {
  return STALE_MS.find(([from]) => ageMs >= from)?.[1] ?? null;
}

/** What to say of the stream now. The order is the order of what a tired person must not miss. */
export function told(facts: Facts, nowMs: number, serverNowMs: number): PlayerState {
  if (facts.end !== null) return { kind: 'ended', ...facts.end };
  if (facts.endsAtMs !== null && nowMs >= facts.endsAtMs)
    return { kind: 'ended', reason: 'expired', retry: false };
  if (facts.paused) return { kind: 'paused' };
  if (facts.attempt > 0) return { kind: 'reconnecting', attempt: facts.attempt };
  const apartMs = facts.drawn === null ? null : serverNowMs - facts.drawn.captureMs;
  const ageMs = apartMs === null ? null : Math.max(0, apartMs);
  // Taken in the future: one of the clocks was set, and nobody knows how old it is.
  const clocksDiffer = apartMs !== null && apartMs < -CLOCKS_DIFFER_MS;
  if (facts.undecodable) return { kind: 'fault', cause: 'codec', ageMs };
  if (facts.state === 'fault') return { kind: 'fault', cause: facts.cause ?? 'unreachable', ageMs };
  if (facts.drawn === null || ageMs === null) return { kind: 'connecting', sinceMs: nowMs - facts.openedMs };
  const doubtful = silent(facts, nowMs) || !facts.whole || facts.state === 'stalled' || clocksDiffer;
  const level = staleLevel(ageMs) ?? (doubtful ? 'grey' : null);
  if (level !== null) return { kind: 'stale', level, ageMs, captureMs: facts.drawn.captureMs };
  return {
    kind: 'live',
    delayMs: ageMs,
    captureMs: facts.drawn.captureMs,
    estimated: facts.drawn.estimated,
    served: facts.drawn.served,
    suspect: facts.suspect ?? (facts.drawn.damaged ? 'damaged' : null),
  };
}

function silent({ stateAtMs }: Facts, nowMs: number): boolean {
  return stateAtMs === null || nowMs - stateAtMs >= SILENT_MS;
}

/** Whether a new picture may be drawn: the server speaks, the grant runs, the camera is not withheld. */
export function mayShow(facts: Facts, nowMs: number): boolean {
  const over = facts.end !== null || (facts.endsAtMs !== null && nowMs >= facts.endsAtMs);
  const withheld = facts.state === 'fault' || facts.state === 'suspended' || facts.undecodable;
  return !over && !withheld && !facts.paused && !silent(facts, nowMs);
}

/** Whether the canvas must be black: the picture on it may no longer be shown, or says nothing. */
export function mustBlank(state: PlayerState, facts: Facts, nowMs: number): boolean {
  if (!mayShow(facts, nowMs)) return true;
  if (state.kind === 'stale') return state.level === 'hidden';
  return state.kind !== 'live';
}

/** Keeps the offset (server − local, ms) of the probe with the least round trip. */
export class ServerClock {
  #bestMs = Number.POSITIVE_INFINITY;
  offsetMs: number | null = null;

  probed(sentMs: number, receivedMs: number, serverUs: number): void {
    const roundTripMs = receivedMs - sentMs;
    if (roundTripMs < 0) return;
    this.#bestMs *= 1.05; // an old best probe gives way to a new good one: clocks drift
    if (roundTripMs <= this.#bestMs) {
      this.#bestMs = roundTripMs;
      this.offsetMs = serverUs / 1000 - (sentMs + receivedMs) / 2;
    }
  }

  /** A one-way message: a rough guess before any probe came back; and the proof that a clock was set since. */
  guessed(receivedMs: number, serverUs: number): void {
    const guessMs = serverUs / 1000 - receivedMs;
    if (this.offsetMs !== null && Math.abs(guessMs - this.offsetMs) <= CLOCKS_DIFFER_MS) return;
    this.offsetMs = guessMs;
    this.#bestMs = Number.POSITIVE_INFINITY; // the next probe counts, whatever its round trip
  }

  now(localMs: number): number {
    return localMs + (this.offsetMs ?? 0);
  }
}

/** Pause before the nth reconnect, ms, with jitter `random` in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const base = [500, 1000, 2000, 5000][Math.min(attempt, 4) - 1] ?? 500;
  return base * (0.8 + 0.4 * random);
}
