import { Flag, type Message } from './wire';

/**
 * Which pictures may reach the decoder. The decoder reports no damage, so only the header can tell: a hole in
 * `seq`, a lower epoch, a delta frame that nothing precedes. After any of them: nothing until a key frame.
 * Each rendition has its own epochs: going back to one whose encoder ran on is no fall.
 */
export class Gate {
  /** Of the rendition that is being received. */
  epoch = 0;
  lastSeq = 0;
  received = 0;
  #awaitsKey = true;
  #config = -1;
  #rendition = -1;
  #epochs = new Map<number, number>();

  /** A new connection: nothing was received on it, but the epoch still never falls. */
  opened(): void {
    this.lastSeq = 0;
    this.received = 0;
    this.#config = -1;
    this.#awaitsKey = true;
  }

  /** A CONFIG: true when the decoder has to be set up by it. */
  configured(message: Message): boolean {
    if (message.epoch < (this.#epochs.get(message.rendition) ?? 0)) return false;
    this.#advance(message);
    this.#config = message.config;
    this.#awaitsKey = true;
    return true;
  }

  /** The server left pictures out, or the decoder lost its state. */
  reset(): void {
    this.#awaitsKey = true;
  }

  /** `decode` it, `drop` it, or drop it and `ask` for a key frame. */
  frame(message: Message): 'decode' | 'drop' | 'ask' {
    if (message.rendition !== this.#rendition || message.epoch < this.epoch) return 'drop';
    if (message.epoch > this.epoch || message.config !== this.#config) {
      this.#advance(message);
      this.#awaitsKey = true;
      return 'ask';
    }
    const key = (message.flags & Flag.KEY) !== 0;
    const follows = message.seq === (this.lastSeq + 1) >>> 0;
    this.lastSeq = message.seq;
    this.received = message.seq;
    if (key) {
      this.#awaitsKey = false;
      return 'decode';
    }
    if (this.#awaitsKey) return 'drop';
    if (!follows || (message.flags & Flag.DISCONTINUITY) !== 0) {
      this.#awaitsKey = true;
      return 'ask';
    }
    return 'decode';
  }

  #advance({ rendition, epoch }: Message): void {
    if (rendition === this.#rendition && epoch === this.epoch) return;
    this.#rendition = rendition;
    this.#epochs.set(rendition, epoch);
    this.epoch = epoch;
    this.lastSeq = 0;
    this.received = 0;
  }
}
