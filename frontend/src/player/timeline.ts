import { TICKS_A_S } from './fmp4';

const SHORTEST_S = 1 / 60;
const LONGEST_S = 0.5;
/** Rounding between our ticks and the browser's microseconds. */
const ROUNDING_S = 0.001;

/**
 * When each picture is on in a video element, without holes: a player stops at a hole for good. Each lasts as long as
 * the last one did in truth, so the film runs as fast as the street. Also: whose picture is on at a moment. Pure.
 */
export class Timeline<T> {
  #lastMs: number | null = null;
  #nextTicks = 0;
  #awaited: { atS: number; about: T }[] = [];
  #nth = 0;

  /** Pictures added and not yet seen. */
  get waiting(): number {
    return this.#awaited.length;
  }

  /** Place the next picture. `usualS`: how long one lasts before that was measured. */
  add(captureMs: number, usualS: number, about: T): { nth: number; atTicks: number; ticks: number } {
    const apartS = this.#lastMs === null ? usualS : (captureMs - this.#lastMs) / 1000;
    const ticks = Math.round(Math.min(LONGEST_S, Math.max(SHORTEST_S, apartS)) * TICKS_A_S);
    const atTicks = this.#nextTicks;
    this.#lastMs = captureMs;
    this.#nextTicks += ticks;
    this.#awaited.push({ atS: atTicks / TICKS_A_S, about });
    return { nth: ++this.#nth, atTicks, ticks };
  }

  /** The picture that is on at `atS` of the film; null when it was told before, or does not count. */
  seen(atS: number): T | null {
    let newest: T | null = null;
    while (this.#awaited[0] !== undefined && this.#awaited[0].atS <= atS + ROUNDING_S)
      newest = this.#awaited.shift()?.about ?? null;
    return newest;
  }

  /** What was added so far does not count any more. */
  forget(): void {
    this.#awaited = [];
  }
}
