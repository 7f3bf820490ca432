/** Server time. Countdowns are differences to it, never counters. */
import { computed, signal } from '@preact/signals';

/** Server clock minus ours, ms. Set by every message that carries the server's time. */
const offsetMs = signal(0);
/** The server's time now, moving four times a second: every clock and countdown hangs on it. */
export const now = signal(Date.now());

/** The same once a second: for words that say no more than seconds. */
export const second = computed(() => Math.floor(now.value / 1000) * 1000);

export function serverSaid(iso: string): void {
  offsetMs.value = Date.parse(iso) - Date.now();
  now.value = Date.now() + offsetMs.value;
}

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now() + offsetMs.value;
  }, 250);
}
