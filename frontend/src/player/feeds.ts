import type { PlayerState, Rendition } from './contract';
import { Feed } from './feed';
import type { Screen, ScreenEvents } from './screen';
import type { Ticket } from './ticket';

/** What pictures are shown on. A canvas goes to the worker, a video element stays on the page. */
export type Surface = OffscreenCanvas | HTMLVideoElement;
/** The page's wishes. */
export type Wish =
  | {
      kind: 'open';
      id: number;
      surface: Surface;
      grant: string;
      camera: string;
      rendition: Rendition;
      token: string | null;
      ticket: Ticket | undefined;
    }
  | { kind: 'rendition'; id: number; rendition: Rendition }
  | { kind: 'hidden'; hidden: boolean }
  | { kind: 'close'; id: number };
export type Told = { kind: 'state'; id: number; state: PlayerState } | { kind: 'beat' };
export const BEAT_MS = 500;

/** All the pictures of one page, wherever they are decoded: hears wishes, tells states, and beats. */
export class Feeds {
  readonly #feeds = new Map<number, Feed>();
  #hidden = false;
  #over = false;
  readonly #beat: ReturnType<typeof setInterval>;

  constructor(
    private readonly tell: (told: Told) => void,
    private readonly screen: (surface: Surface, events: ScreenEvents) => Screen,
  ) {
    requestAnimationFrame(this.#paint);
    // Animation frames stop in a hidden page; ends and deadlines must not. The beat tells the page that
    // all of them can still be blanked; without it the page takes the pictures away.
    this.#beat = setInterval(() => {
      for (const feed of this.#feeds.values()) feed.paint();
      this.tell({ kind: 'beat' });
    }, BEAT_MS);
  }

  hear(wish: Wish): void {
    switch (wish.kind) {
      case 'open':
        this.#open(wish);
        break;
      case 'rendition':
        this.#feeds.get(wish.id)?.show(wish.rendition);
        break;
      case 'hidden':
        this.#hidden = wish.hidden;
        for (const feed of this.#feeds.values()) feed.pause(wish.hidden);
        break;
      case 'close':
        this.#feeds.get(wish.id)?.close();
        this.#feeds.delete(wish.id);
        break;
    }
  }

  #open({ id, surface, grant, camera, rendition, token, ticket }: Extract<Wish, { kind: 'open' }>): void {
    const feed = new Feed(
      (events) => this.screen(surface, events),
      grant,
      camera,
      rendition,
      (state) => this.tell({ kind: 'state', id, state }),
      token,
      ticket,
    );
    feed.pause(this.#hidden);
    this.#feeds.set(id, feed);
  }

  readonly #paint = () => {
    if (this.#over) return;
    requestAnimationFrame(this.#paint); // first: a picture that throws must not stop the others for good
    for (const feed of this.#feeds.values()) feed.paint();
  };

  end(): void {
    this.#over = true;
    clearInterval(this.#beat);
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }
}
