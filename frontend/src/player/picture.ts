import type { Served } from './contract';
import { Flag, type Message, RENDITIONS } from './wire';

/** What the header said of a picture. */
export interface About {
  seq: number;
  captureMs: number;
  estimated: boolean;
  /** Something of it was lost between the camera and the server. */
  damaged: boolean;
  /** In which size it was sent; a slow line gets a smaller one than was wished. */
  served: Served | null;
}

export const aboutOf = ({ seq, captureUs, flags, rendition }: Message): About => ({
  seq,
  captureMs: captureUs / 1000,
  estimated: (flags & Flag.CAPTURE_ESTIMATED) !== 0,
  damaged: (flags & Flag.DAMAGED) !== 0,
  served: RENDITIONS[rendition] ?? null,
});

/**
 * Without a graphics card a canvas that is told to expect reading stays in plain memory: drawing a picture then costs a
 * third (16 tiles on two cores: 9 pictures a second instead of 3). With one, the picture must stay on the card.
 */
function contextOptions(): CanvasRenderingContext2DSettings {
  const probe = new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  probe?.getExtension('WEBGL_lose_context')?.loseContext();
  return probe === null ? { alpha: false, willReadFrequently: true } : { alpha: false, desynchronized: true };
}
let options: CanvasRenderingContext2DSettings | null = null;

/**
 * The canvas, and the one decoded picture that waits for it: the newest wins, the replaced one is closed. Only
 * pictures that are awaited are drawn; what a hole or a pause made worthless may still leave the decoder.
 */
export class Picture {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #awaited = new Map<number, About>();
  #stamp = 0;
  #pending: { frame: VideoFrame; about: About } | null = null;
  #black = false;
  decoded = 0;
  drawn = 0;

  constructor(private readonly canvas: OffscreenCanvas) {
    options ??= contextOptions();
    const context = canvas.getContext('2d', options);
    if (context === null) throw new Error('no 2D canvas');
    this.#context = context;
    this.blacken();
  }

  /** The picture in `message` goes to the decoder, under the timestamp answered. */
  await(message: Message): number {
    this.#stamp += 1; // not the capture time, which a camera's clock may repeat or turn back
    this.#awaited.set(this.#stamp, aboutOf(message));
    return this.#stamp;
  }

  /** The decoder made `frame`. True when it was awaited. */
  arrived(frame: VideoFrame): boolean {
    const about = this.#awaited.get(frame.timestamp);
    if (about === undefined) {
      frame.close();
      return false;
    }
    for (const stamp of this.#awaited.keys()) if (stamp <= frame.timestamp) this.#awaited.delete(stamp);
    this.#pending?.frame.close();
    this.#pending = { frame, about };
    this.decoded = about.seq;
    return true;
  }

  /** Draw what waits; null when nothing does. */
  draw(): About | null {
    const pending = this.#pending;
    this.#pending = null;
    if (pending === null) return null;
    const { frame, about } = pending;
    if (this.canvas.width !== frame.displayWidth || this.canvas.height !== frame.displayHeight) {
      this.canvas.width = frame.displayWidth;
      this.canvas.height = frame.displayHeight;
    }
    this.#context.drawImage(frame, 0, 0);
    frame.close();
    this.#black = false;
    this.drawn = about.seq;
    return about;
  }

  /** Nothing that was decoded or is being decoded shall be drawn. */
  forget(): void {
    this.#pending?.frame.close();
    this.#pending = null;
    this.#awaited.clear();
  }

  /** Another stream, which counts anew. */
  restart(): void {
    this.forget();
    this.decoded = 0;
    this.drawn = 0;
  }

  blacken(): void {
    if (this.#black) return;
    this.#context.fillStyle = '#000';
    this.#context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.#black = true;
  }
}
