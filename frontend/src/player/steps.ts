import type { Rendition } from './contract';

const QUEUE_MAX = 3;
/** A burst (the group of pictures at the start, a late packet) drains sooner; an overloaded decoder does not. */
export const FULL_MS = 400;
const PATIENCE_MS = 60_000;
const PATIENCE_MAX_MS = 600_000;
const CALM_MS = 600_000;

/** Which size to ask for: the wish, or the small one for as long as this machine could not keep up. Pure. */
export class Steps {
  #fullSinceMs: number | null = null;
  #downAtMs: number | null = null;
  #upAtMs = Number.NEGATIVE_INFINITY;
  #patienceMs = PATIENCE_MS;

  constructor(private wish: Rendition) {}

  get rendition(): Rendition {
    return this.#downAtMs === null ? this.wish : 'wall';
  }

  /** Whether the decoder, with `queue` pictures before it, cannot keep up: skip to the next key frame. */
  overloaded(queue: number, nowMs: number): boolean {
    if (queue <= QUEUE_MAX) this.#fullSinceMs = null;
    else this.#fullSinceMs ??= nowMs;
    if (this.#fullSinceMs === null || nowMs - this.#fullSinceMs < FULL_MS) return false;
    this.#fullSinceMs = null;
    return true;
  }

  /** Go down; true when the server has to be told. The way back is longer each time, until a calm period. */
  down(nowMs: number): boolean {
    if (this.wish !== 'focus' || this.#downAtMs !== null) return false;
    const calm = nowMs - this.#upAtMs > CALM_MS;
    this.#patienceMs = calm ? PATIENCE_MS : Math.min(PATIENCE_MAX_MS, this.#patienceMs * 2);
    this.#downAtMs = nowMs;
    return true;
  }

  /** True when it is time to ask for the wished size again. */
  up(nowMs: number): boolean {
    if (this.#downAtMs === null || nowMs - this.#downAtMs < this.#patienceMs) return false;
    this.#downAtMs = null;
    this.#upAtMs = nowMs;
    return true;
  }

  /** The page wants another size; true when the server has to be told. */
  wished(rendition: Rendition): boolean {
    if (this.wish === rendition) return false;
    this.wish = rendition;
    this.#downAtMs = null;
    return true;
  }
}
