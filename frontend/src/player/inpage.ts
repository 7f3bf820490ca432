import type { Told, Wish } from './feeds';
import type { Host } from './player';

/** In place of the worker where there is no WebCodecs: a worker has no video element. Loaded when needed. */
export class InPage implements Host {
  onmessage: ((event: MessageEvent<Told>) => void) | null = null;
  readonly #feeds = Promise.all([import('./feeds'), import('./videoscreen')]).then(
    ([{ Feeds }, { VideoScreen }]) =>
      new Feeds(
        (data) => this.onmessage?.({ data } as MessageEvent<Told>),
        (video, events) => new VideoScreen(video as HTMLVideoElement, events),
      ),
  );

  postMessage(wish: Wish): void {
    void this.#feeds.then((feeds) => feeds.hear(wish));
  }

  terminate(): void {
    void this.#feeds.then((feeds) => feeds.end());
  }
}
