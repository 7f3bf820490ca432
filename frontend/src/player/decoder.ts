import type { ScreenEvents } from './screen';

export interface Config {
  codec: string;
  width: number;
  height: number;
  fps: number;
  avcc: string;
}

const ERRORS_MAX = 3;
const ERRORS_WITHIN_MS = 10_000;
const REMEMBERED_MS = 60_000;
const WAITS_MS = [0, 1_000, 10_000, 20_000, 30_000];

export interface Remedy {
  /** Before the next decoder is built. */
  waitMs: number;
  software: boolean;
  /** The stream is said to be undecodable until a picture comes out. */
  giveUp: boolean;
}

/** What to do about a decoder that fails: soon the first times, seldom after. Pure. */
export class Failures {
  #at: number[] = [];

  note(nowMs: number): Remedy {
    this.#at = [...this.#at.filter((at) => nowMs - at < REMEMBERED_MS), nowMs];
    const recent = this.#at.filter((at) => nowMs - at < ERRORS_WITHIN_MS).length;
    const wait = Math.min(this.#at.length, WAITS_MS.length) - 1;
    return {
      waitMs: WAITS_MS[wait] ?? 0,
      software: this.#at.length > 1, // one failure may be anything; a second is the hardware's
      giveUp: recent >= ERRORS_MAX,
    };
  }
}

export interface DecoderEvents extends Omit<ScreenEvents, 'decoded'> {
  picture(frame: VideoFrame): void;
}

/** A VideoDecoder that is built again when it fails, ever more seldom. */
export class Decoder {
  readonly #failures = new Failures();
  #decoder: VideoDecoder | null = null;
  #config: VideoDecoderConfig | null = null;
  #software = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly events: DecoderEvents) {}

  /** Pictures that wait for it. */
  get queue(): number {
    return this.#decoder?.decodeQueueSize ?? 0;
  }

  get ready(): boolean {
    return this.#decoder !== null;
  }

  configure(config: Config): void {
    this.forget();
    try {
      this.#config = {
        codec: config.codec,
        codedWidth: config.width,
        codedHeight: config.height,
        description: Uint8Array.from(atob(config.avcc), (c) => c.charCodeAt(0)),
        optimizeForLatency: true,
      };
    } catch {
      this.events.gaveUp();
      return;
    }
    this.#build();
  }

  decode(data: Uint8Array<ArrayBuffer>, key: boolean, stamp: number): void {
    try {
      this.#decoder?.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp: stamp, data }));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Stop, and forget the stream. */
  forget(): void {
    this.#config = null;
    this.#drop();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder !== null && decoder.state !== 'closed') decoder.close();
  }

  #build(): void {
    this.#drop();
    if (this.#config === null) return;
    try {
      const decoder: VideoDecoder = new VideoDecoder({
        output: (frame) => (this.#decoder === decoder ? this.events.picture(frame) : frame.close()),
        error: (error) => this.#decoder === decoder && this.#failed(error),
      });
      this.#decoder = decoder;
      const hardwareAcceleration = this.#software ? 'prefer-software' : 'no-preference';
      decoder.configure({ ...this.#config, hardwareAcceleration });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#drop();
    this.events.lost();
    // Chromium takes a decoder back that was idle for 90 s: not its fault, a new one will do.
    if (error instanceof DOMException && error.name === 'QuotaExceededError') {
      this.#rebuildAfter(0);
      return;
    }
    const remedy = this.#failures.note(performance.now());
    this.#software ||= remedy.software;
    if (remedy.giveUp) this.events.gaveUp();
    this.#rebuildAfter(remedy.waitMs);
  }

  #rebuildAfter(waitMs: number): void {
    this.#timer = setTimeout(() => {
      this.#build();
      if (this.#decoder !== null) this.events.rebuilt();
    }, waitMs);
  }
}
