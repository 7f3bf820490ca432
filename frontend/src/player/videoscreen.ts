/**
 * A video element fed by MediaSource: the way of the player in a browser without WebCodecs, with the same stream. Here the
 * browser holds back some tenths of a second; whose picture is really on is read from the element itself.
 */
import { type Config, Failures } from './decoder';
import { fragment, initSegment } from './fmp4';
import { type About, aboutOf } from './picture';
import type { Screen, ScreenEvents } from './screen';
import { Timeline } from './timeline';
import { Flag, type Message } from './wire';

/** Behind the newest picture by this: play faster; by that: jump. Seconds. */
const HURRY_S = 0.25;
const JUMP_S = 1;
const NEAR_S = 0.1;
const HURRY = 1.25;
/** What was seen is dropped from the browser's memory. */
const KEPT_S = 5;
const DROP_AFTER_S = 15;
/** The delay that a healthy element holds back is no queue. */
const HELD_BACK_S = 0.5;

export class VideoScreen implements Screen {
  readonly #failures = new Failures();
  #config: Config | null = null;
  #media: MediaSource | null = null;
  #buffer: SourceBuffer | null = null;
  #appends: Uint8Array<ArrayBuffer>[] = [];
  #timeline = new Timeline<About>();
  #presentedS: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  decoded = 0;
  drawn = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: ScreenEvents,
  ) {
    video.muted = true;
    video.playsInline = true;
    video.disablePictureInPicture = true;
    video.disableRemotePlayback = true;
    video.onerror = () => this.#media !== null && this.#failed();
    this.blacken();
    if ('requestVideoFrameCallback' in video) this.#watch();
  }

  #watch(): void {
    this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.#presentedS = mediaTime;
      this.#watch();
    });
  }

  get ready(): boolean {
    return this.#media !== null;
  }

  get queue(): number {
    const usual = Math.ceil(HELD_BACK_S * (this.#config?.fps ?? 25));
    return this.#appends.length + Math.max(0, this.#timeline.waiting - usual);
  }

  configure(config: Config): void {
    this.#config = config;
    this.#build();
  }

  show(message: Message): void {
    if (this.#config === null) return;
    const about = aboutOf(message);
    const { nth, atTicks, ticks } = this.#timeline.add(about.captureMs, 1 / this.#config.fps, about);
    const key = (message.flags & Flag.KEY) !== 0;
    this.#append(fragment(nth, atTicks, ticks, key, message.payload));
  }

  draw(): About | null {
    this.#keepUp();
    const atS = this.#presentedS ?? (this.video.readyState >= 2 ? this.video.currentTime : null);
    const about = atS === null ? null : this.#timeline.seen(atS);
    if (about === null) return null;
    this.video.classList.remove('black');
    this.decoded = this.drawn = about.seq;
    this.events.decoded();
    return about;
  }

  forget(): void {
    this.#timeline.forget();
  }

  restart(): void {
    this.forget();
    this.decoded = 0;
    this.drawn = 0;
  }

  stop(): void {
    this.#config = null;
    this.#drop();
  }

  blacken(): void {
    this.video.classList.add('black');
  }

  // -- the media source -----------------------------------------------------------------------------

  #build(): void {
    this.#drop();
    const config = this.#config;
    if (config === null) return;
    const media = new MediaSource();
    this.#media = media;
    media.onsourceopen = () => {
      URL.revokeObjectURL(this.video.src);
      if (this.#media !== media) return;
      try {
        this.#buffer = media.addSourceBuffer(`video/mp4; codecs="${config.codec}"`);
        this.#buffer.onupdateend = () => this.#pump();
        this.#appends.unshift(initSegment(config));
        this.#pump();
      } catch {
        this.#failed();
      }
    };
    this.video.src = URL.createObjectURL(media);
    this.#play();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#media = null;
    this.#buffer = null;
    this.#appends = [];
    this.#timeline = new Timeline();
    this.#presentedS = null;
    if (!this.video.hasAttribute('src')) return;
    this.video.removeAttribute('src');
    this.video.load(); // lets the pictures go
  }

  #append(data: Uint8Array<ArrayBuffer>): void {
    this.#appends.push(data);
    this.#pump();
  }

  /** One thing at a time: a source buffer that is busy takes nothing. */
  #pump(): void {
    const buffer = this.#buffer;
    if (buffer === null || buffer.updating || this.video.error !== null) return;
    try {
      if (this.video.currentTime - startOf(buffer) > DROP_AFTER_S)
        buffer.remove(0, this.video.currentTime - KEPT_S);
      else if (this.#appends[0] !== undefined) {
        buffer.appendBuffer(this.#appends[0]);
        this.#appends.shift();
      }
    } catch {
      this.#failed();
    }
  }

  #failed(): void {
    this.#drop();
    this.events.lost();
    const remedy = this.#failures.note(performance.now());
    if (remedy.giveUp) this.events.gaveUp();
    this.#timer = setTimeout(() => {
      this.#build();
      if (this.#media !== null) this.events.rebuilt();
    }, remedy.waitMs);
  }

  /** Near the newest picture: a little late runs faster, much too late jumps. */
  #keepUp(): void {
    const buffer = this.#buffer;
    if (buffer === null || buffer.buffered.length === 0) return;
    const endS = buffer.buffered.end(buffer.buffered.length - 1);
    const lateS = endS - this.video.currentTime;
    if (lateS > JUMP_S) this.video.currentTime = endS - NEAR_S;
    else this.video.playbackRate = lateS > HURRY_S ? HURRY : 1;
    if (this.video.paused) this.#play();
  }

  #play(): void {
    this.video.play().catch(() => undefined); // tried again at the next picture
  }
}

const startOf = ({ buffered }: SourceBuffer): number => (buffered.length > 0 ? buffered.start(0) : 0);
