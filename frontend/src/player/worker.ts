/// <reference lib="webworker" />
import type { PlayerState, Rendition } from './contract';
import { Feed } from './feed';

/** The page's wishes. One worker owns every video socket, decoder and canvas of the page. */
export type Wish =
  | { kind: 'open'; id: number; canvas: OffscreenCanvas; grant: string; camera: string; rendition: Rendition }
  | { kind: 'rendition'; id: number; rendition: Rendition }
  | { kind: 'hidden'; hidden: boolean }
  | { kind: 'close'; id: number };
export type Told = { kind: 'state'; id: number; state: PlayerState } | { kind: 'beat' };
export const BEAT_MS = 500;

const feeds = new Map<number, Feed>();
let hidden = false;

self.onmessage = (event: MessageEvent<Wish>) => {
  const wish = event.data;
  switch (wish.kind) {
    case 'open': {
      const tell = (state: PlayerState) =>
        self.postMessage({ kind: 'state', id: wish.id, state } satisfies Told);
      const feed = new Feed(wish.canvas, wish.grant, wish.camera, wish.rendition, tell);
      feed.pause(hidden);
      feeds.set(wish.id, feed);
      break;
    }
    case 'rendition':
      feeds.get(wish.id)?.show(wish.rendition);
      break;
    case 'hidden':
      hidden = wish.hidden;
      for (const feed of feeds.values()) feed.pause(hidden);
      break;
    case 'close':
      feeds.get(wish.id)?.close();
      feeds.delete(wish.id);
      break;
  }
};

function paint(): void {
  requestAnimationFrame(paint); // first: a picture that throws must not stop the others for good
  for (const feed of feeds.values()) feed.paint();
}
requestAnimationFrame(paint);
// Animation frames stop in a hidden page; ends and deadlines must not. The beat tells the page that
// all of them can still be blanked; without it the page takes the pictures away.
setInterval(() => {
  for (const feed of feeds.values()) feed.paint();
  self.postMessage({ kind: 'beat' } satisfies Told);
}, BEAT_MS);
