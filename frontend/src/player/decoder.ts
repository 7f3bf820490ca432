import type { Message } from './wire';

export interface Config {
  codec: string;
  width: number;
  height: number;
  avcc: string;
}

const ERRORS_MAX = 3;
const ERRORS_WITHIN_MS = 10_000;

/** How often a decoder may fail before the stream is said to be undecodable. Pure. */
export class Failures {
  #at: number[] = [];

  /** Note one; `give-up` at the third within ten seconds, `software` at the second. */
  note(nowMs: number): 'again' | 'software' | 'give-up' {
    this.#at = [...this.#at.filter((at) => nowMs - at < ERRORS_WITHIN_MS), nowMs];
    if (this.#at.length >= ERRORS_MAX) return 'give-up';
    return this.#at.length === 2 ? 'software' : 'again';
  }
}

export interface DecoderEvents {
  picture(frame: VideoFrame): void;
  /** It was rebuilt and needs a key frame. */
  rebuilt(): void;
  /** This stream cannot be decoded here; nothing comes until another configuration. */
  gaveUp(): void;
}

/** A VideoDecoder that is rebuilt when it fails, a bounded number of times. */
export class Decoder {
  readonly #failures = new Failures();
  #decoder: VideoDecoder | null = null;
  #config: VideoDecoderConfig | null = null;
  #software = false;

  constructor(private readonly events: DecoderEvents) {}

  get queue(): number {
    return this.#decoder?.decodeQueueSize ?? 0;
  }

  get ready(): boolean {
    return this.#decoder !== null;
  }

  configure(config: Config): void {
    try {
      this.#config = {
        codec: config.codec,
        codedWidth: config.width,
        codedHeight: config.height,
        description: Uint8Array.from(atob(config.avcc), (c) => c.charCodeAt(0)),
        optimizeForLatency: true,
      };
    } catch {
      this.drop();
      this.events.gaveUp();
      return;
    }
    this.#build();
  }

  decode(message: Message, key: boolean): void {
    const type = key ? 'key' : 'delta';
    try {
      this.#decoder?.decode(
        new EncodedVideoChunk({ type, timestamp: message.captureUs, data: message.payload }),
      );
    } catch (error) {
      this.#failed(error);
    }
  }

  drop(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder !== null && decoder.state !== 'closed') decoder.close();
  }

  /** Forget the stream too. */
  forget(): void {
    this.#config = null;
    this.drop();
  }

  #build(): void {
    this.drop();
    if (this.#config === null) return;
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => (this.#decoder === decoder ? this.events.picture(frame) : frame.close()),
      error: (error) => this.#decoder === decoder && this.#failed(error),
    });
    this.#decoder = decoder;
    try {
      decoder.configure({
        ...this.#config,
        hardwareAcceleration: this.#software ? 'prefer-software' : 'no-preference',
      });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    // Chromium takes a decoder back that was idle for 90 s: not its fault, a new one will do.
    const reclaimed = error instanceof DOMException && error.name === 'QuotaExceededError';
    const next = reclaimed ? 'again' : this.#failures.note(performance.now());
    if (next === 'give-up') {
      this.drop();
      this.events.gaveUp();
      return;
    }
    if (next === 'software') this.#software = true;
    this.#build();
    this.events.rebuilt();
  }
}
