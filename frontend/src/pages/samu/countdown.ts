/** What who hears the wall is told of the time left: once as each step is passed, and then no longer. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { cameras } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { second } from '../../state/time';
import { minutes, t } from '../../words';

const SAID_AT_MS = [300_000, 120_000, 60_000, 30_000];
/** So long after a step its name is the time left; later the time itself is said. */
const CROSSING_MS = 2_000;
/** So long the words stay for who reads the page: then they are no longer true. */
const STAYS_MS = 5_000;

/** The last of 5 min, 2 min, 1 min, 30 s that was passed; null before the first and after the end. */
export function saidAt(leftMs: number): number | null {
  if (leftMs <= 0) return null;
  return SAID_AT_MS.findLast((at) => leftMs <= at) ?? null;
}

/** What is said of the tiles shown, second by second. */
export class Countdown {
  /** The step each end was last heard to have passed. */
  #passed = new Map<string, number>();
  #words = '';
  #atMs = 0;

  words(shown: readonly Tile[], nowMs: number): string {
    const [passed, fresh] = [new Map<string, number>(), new Map<string, string[]>()];
    for (const tile of shown) {
      if (tile.kind !== 'live') continue;
      const [end, left] = [`${tile.grant.id} ${tile.camera} ${tile.endsAt}`, tile.endsAt - nowMs];
      const [step, before] = [saidAt(left), this.#passed.get(end)];
      if (step === null) continue;
      passed.set(end, Math.min(step, before ?? step));
      if (before !== undefined && before <= step) continue;
      const word = minutes(step - left < CROSSING_MS ? step : left);
      fresh.set(word, [...(fresh.get(word) ?? []), cameras.value.get(tile.camera)?.name ?? tile.camera]);
    }
    this.#passed = passed;
    if (fresh.size > 0) {
      this.#words = [...fresh]
        .map(([left, names]) => `${t('remaining')} ${left} : ${names.join(', ')}`)
        .join('. ');
      this.#atMs = nowMs;
    } else if (nowMs - this.#atMs >= STAYS_MS) this.#words = '';
    return this.#words;
  }
}

/** The same for a page. Empty at first: only what comes into a live region later is read out. */
export function useCountdown(shown: readonly Tile[]): string {
  const countdown = useRef(new Countdown());
  const [words, say] = useState('');
  const at = second.value;
  useEffect(() => say(countdown.current.words(shown, at)), [at]);
  return words;
}
