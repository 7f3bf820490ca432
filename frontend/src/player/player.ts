import type { PlayerState } from './contract';
import type { Told, Wish } from './feeds';

const HIDE_AFTER_MS = 5_000;
const LOOK_MS = 250;
/** A silence of 2 s to 2.25 s. */
const MISSED_MAX = 9;
/** A worker that never beat may still be loading; it has shown nothing yet. */
const MISSED_MAX_LOADING = 40;
/** So many workers that never beat, one after the other: their code cannot be had, and who waits is told what to do. */
const UNBORN_MAX = 2;

/** Where the pictures are made: the worker, or the page itself (`InPage`). */
export interface Host {
  onmessage: ((event: MessageEvent<Told>) => void) | null;
  postMessage(wish: Wish, transfer: Transferable[]): void;
  terminate(): void;
}

/** A picture on the page: hears its state, and gives a new surface when the worker had to be replaced. */
export interface Seat {
  told(state: PlayerState): void;
  /** Hide the old picture and open again. */
  reopen(): void;
}

/**
 * The page's side of the one player worker. The worker beats twice a second; when it falls silent for two, it
 * hangs or died: its pictures would stand still and look live, so they are taken off the page and a new worker
 * opens them again.
 */
export class Player {
  #worker: Host;
  readonly #seats = new Map<number, Seat>();
  #next = 1;
  #missed = 0;
  #loading = true;
  #unborn = 0;
  #hidden = false;

  constructor(private readonly hire: () => Host) {
    this.#worker = this.#hired();
    setInterval(() => this.#look(), LOOK_MS);
    let timer = 0;
    const turned = () => {
      clearTimeout(timer);
      if (document.hidden) timer = window.setTimeout(() => this.#hide(true), HIDE_AFTER_MS);
      else this.#hide(false);
    };
    document.addEventListener('visibilitychange', turned);
    if (document.hidden) turned(); // opened in a tab behind another, which turns no more
  }

  #hired(): Host {
    const worker = this.hire();
    this.#missed = 0;
    this.#loading = true;
    worker.onmessage = ({ data }) => {
      if (worker !== this.#worker) return;
      this.#missed = 0;
      this.#loading = false;
      this.#unborn = 0;
      if (data.kind === 'state') this.#seats.get(data.id)?.told(data.state);
    };
    return worker;
  }

  #look(): void {
    // Looks are counted, not time: a page that slept or hung heard nothing either, and looked no more.
    this.#missed += 1;
    if (this.#missed < (this.#loading ? MISSED_MAX_LOADING : MISSED_MAX) || this.#seats.size === 0) return;
    this.#unborn += this.#loading ? 1 : 0;
    this.#worker.terminate();
    this.#worker = this.#hired();
    if (this.#hidden) this.wish({ kind: 'hidden', hidden: true });
    for (const seat of [...this.#seats.values()]) seat.reopen();
    if (this.#unborn < UNBORN_MAX) return;
    for (const seat of this.#seats.values()) seat.told({ kind: 'unsupported', why: 'worker' });
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
