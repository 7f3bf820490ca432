import type { PlayerState } from './contract';
import type { Told, Wish } from './worker';

const HIDE_AFTER_MS = 5_000;
const DEAD_MS = 2_000;
const LOOK_MS = 500;

/** A picture on the page: hears its state, and gives a new canvas when the worker had to be replaced. */
export interface Seat {
  told(state: PlayerState): void;
  /** Hide the old canvas and open again. */
  reopen(): void;
}

/**
 * The page's side of the one player worker. The worker beats twice a second; when it falls silent for two, it
 * hangs or died: its pictures would stand still and look live, so they are taken off the page and a new worker
 * opens them again.
 */
export class Player {
  #worker: Worker;
  readonly #seats = new Map<number, Seat>();
  #next = 1;
  #beatMs = performance.now();
  #hidden = false;

  constructor(private readonly hire: () => Worker) {
    this.#worker = this.#hired();
    setInterval(() => this.#look(), LOOK_MS);
    let timer = 0;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(timer);
      if (document.hidden) timer = window.setTimeout(() => this.#hide(true), HIDE_AFTER_MS);
      else this.#hide(false);
    });
  }

  #hired(): Worker {
    const worker = this.hire();
    this.#beatMs = performance.now();
    worker.onmessage = ({ data }: MessageEvent<Told>) => {
      if (worker !== this.#worker) return;
      this.#beatMs = performance.now();
      if (data.kind === 'state') this.#seats.get(data.id)?.told(data.state);
    };
    return worker;
  }

  #look(): void {
    // A page that slept hears nothing either: what counts is silence while the page itself was awake.
    const silent = performance.now() - this.#beatMs;
    if (this.#seats.size === 0 || silent < DEAD_MS) return;
    if (silent > DEAD_MS + 4 * LOOK_MS) {
      this.#beatMs = performance.now();
      return;
    }
    this.#worker.terminate();
    this.#worker = this.#hired();
    if (this.#hidden) this.wish({ kind: 'hidden', hidden: true });
    for (const seat of [...this.#seats.values()]) seat.reopen();
  }

  #hide(hidden: boolean): void {
    this.#hidden = hidden;
    this.wish({ kind: 'hidden', hidden });
  }

  wish(wish: Wish, transfer: Transferable[] = []): void {
    this.#worker.postMessage(wish, transfer);
  }

  sit(seat: Seat): number {
    const id = this.#next++;
    this.#seats.set(id, seat);
    return id;
  }

  leave(id: number): void {
    this.#seats.delete(id);
    this.wish({ kind: 'close', id });
  }
}
