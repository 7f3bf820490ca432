import { useEffect, useRef } from 'preact/hooks';
import type { LiveCanvasProps, PlayerState, Rendition } from './contract';
import { Player } from './player';

let player: Player | null = null;
const thePlayer = (): Player => {
  player ??= new Player(() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
  return player;
};

function unsupported(): PlayerState | null {
  if (!window.isSecureContext) return { kind: 'unsupported', why: 'insecure' };
  if (!('VideoDecoder' in window) || !('OffscreenCanvas' in window))
    return { kind: 'unsupported', why: 'webcodecs' };
  return null;
}

/** A canvas can be handed to a worker once: each opening makes its own. */
function freshCanvas(holder: HTMLElement | null, label: string): OffscreenCanvas {
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 360;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  holder?.replaceChildren(canvas);
  return canvas.transferControlToOffscreen();
}

/** A live picture of one camera of one grant. */
export function LiveCanvas({ grant, camera, rendition, label, onState }: LiveCanvasProps) {
  const holder = useRef<HTMLDivElement>(null);
  const id = useRef(0);
  const tell = useRef(onState);
  tell.current = onState;
  const shown = useRef<Rendition>(rendition);
  shown.current = rendition;

  useEffect(() => {
    const cannot = unsupported();
    if (cannot !== null) {
      tell.current(cannot);
      return;
    }
    const at = thePlayer();
    const open = () => {
      const canvas = freshCanvas(holder.current, label);
      at.wish({ kind: 'open', id: own, canvas, grant, camera, rendition: shown.current }, [canvas]);
    };
    const own = at.sit({
      told: (state) => tell.current(state),
      reopen: () => {
        tell.current({ kind: 'reconnecting', attempt: 1 });
        open();
      },
    });
    id.current = own;
    open();
    return () => {
      at.leave(own);
      holder.current?.replaceChildren();
    };
  }, [grant, camera]);

  useEffect(() => {
    player?.wish({ kind: 'rendition', id: id.current, rendition });
  }, [rendition]);

  return <div class="live-canvas" ref={holder} />;
}
