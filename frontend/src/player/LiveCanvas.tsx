import { useEffect, useRef } from 'preact/hooks';
import type { LiveCanvasProps, PlayerState } from './contract';
import type { Told, Wish } from './worker';

const HIDE_AFTER_MS = 5_000;

/** The page's side of the one player worker. */
class Player {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  readonly #listeners = new Map<number, (state: PlayerState) => void>();
  #next = 1;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Told>) => this.#listeners.get(data.id)?.(data.state);
    let timer = 0;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(timer);
      if (document.hidden)
        timer = window.setTimeout(() => this.wish({ kind: 'hidden', hidden: true }), HIDE_AFTER_MS);
      else this.wish({ kind: 'hidden', hidden: false });
    });
  }

  wish(wish: Wish, transfer: Transferable[] = []): void {
    this.#worker.postMessage(wish, transfer);
  }

  listen(listener: (state: PlayerState) => void): number {
    const id = this.#next++;
    this.#listeners.set(id, listener);
    return id;
  }

  forget(id: number): void {
    this.#listeners.delete(id);
    this.wish({ kind: 'close', id });
  }
}

let player: Player | null = null;

function unsupported(): PlayerState | null {
  if (!window.isSecureContext) return { kind: 'unsupported', why: 'insecure' };
  if (!('VideoDecoder' in window) || !('OffscreenCanvas' in window))
    return { kind: 'unsupported', why: 'webcodecs' };
  return null;
}

/** A live picture. Give it a new `key` for another grant or camera: a canvas can be handed over once. */
export function LiveCanvas({ grant, camera, rendition, label, onState }: LiveCanvasProps) {
  const holder = useRef<HTMLDivElement>(null);
  const id = useRef(0);
  const tell = useRef(onState);
  tell.current = onState;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the canvas is handed over once; `rendition` follows below
  useEffect(() => {
    const cannot = unsupported();
    if (cannot !== null) {
      tell.current(cannot);
      return;
    }
    player ??= new Player();
    const canvas = document.createElement('canvas');
    canvas.width = 640;
    canvas.height = 360;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', label);
    holder.current?.replaceChildren(canvas);
    const own = player.listen((state) => tell.current(state));
    id.current = own;
    const offscreen = canvas.transferControlToOffscreen();
    player.wish({ kind: 'open', id: own, canvas: offscreen, grant, camera, rendition }, [offscreen]);
    return () => {
      player?.forget(own);
      canvas.remove();
    };
  }, [grant, camera]);

  useEffect(() => {
    player?.wish({ kind: 'rendition', id: id.current, rendition });
  }, [rendition]);

  return <div class="live-canvas" ref={holder} />;
}
