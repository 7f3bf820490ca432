import type { Config } from './decoder';
import type { About } from './picture';
import type { Message } from './wire';

/** What a screen says of the stream it was given. */
export interface ScreenEvents {
  /** A picture came out of the decoder. */
  decoded(): void;
  /** It failed: what it was given is lost. */
  lost(): void;
  /** It was built again and needs a key frame. */
  rebuilt(): void;
  /** This stream cannot be decoded here, as far as one can tell. */
  gaveUp(): void;
}

/**
 * Where the pictures of one stream are decoded and seen: a canvas of the worker (WebCodecs), or a video element
 * of the page (MediaSource). The feed before it decides what may be shown; the screen only obeys.
 */
export interface Screen {
  /** Pictures may be given. */
  readonly ready: boolean;
  /** Pictures that wait for the decoder. */
  readonly queue: number;
  /** `seq` of the newest picture that came out of the decoder, and of the newest that was shown. */
  readonly decoded: number;
  readonly drawn: number;
  configure(config: Config): void;
  show(message: Message): void;
  /** Brings the newest picture before the eyes; null when there is none newer. Called on each animation frame. */
  draw(): About | null;
  /** Nothing that was given so far counts any more. */
  forget(): void;
  /** Another stream follows, which counts anew. */
  restart(): void;
  /** Let the decoder go, and its stream with it. */
  stop(): void;
  blacken(): void;
}
