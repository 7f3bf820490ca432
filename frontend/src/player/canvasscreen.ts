import { type Config, Decoder } from './decoder';
import { type About, Picture } from './picture';
import type { Screen, ScreenEvents } from './screen';
import { Flag, type Message } from './wire';

/** A canvas fed by WebCodecs: the way of the player wherever the browser can. */
export class CanvasScreen implements Screen {
  readonly #picture: Picture;
  readonly #decoder: Decoder;

  constructor(canvas: OffscreenCanvas, events: ScreenEvents) {
    this.#picture = new Picture(canvas);
    this.#decoder = new Decoder({
      ...events,
      picture: (frame) => {
        if (this.#picture.arrived(frame)) events.decoded();
      },
    });
  }

  get ready(): boolean {
    return this.#decoder.ready;
  }
  get queue(): number {
    return this.#decoder.queue;
  }
  get decoded(): number {
    return this.#picture.decoded;
  }
  get drawn(): number {
    return this.#picture.drawn;
  }

  configure(config: Config): void {
    this.#decoder.configure(config);
  }
  show(message: Message): void {
    const key = (message.flags & Flag.KEY) !== 0;
    this.#decoder.decode(message.payload, key, this.#picture.await(message));
  }
  draw(): About | null {
    return this.#picture.draw();
  }
  forget(): void {
    this.#picture.forget();
  }
  restart(): void {
    this.#picture.restart();
  }
  stop(): void {
    this.#decoder.forget();
  }
  blacken(): void {
    this.#picture.blacken();
  }
}
