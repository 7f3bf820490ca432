import { useEffect, useRef } from 'preact/hooks';
import type { LiveCanvasProps, PlayerState, Rendition } from './contract';
import type { Surface } from './feeds';
import { InPage } from './inpage';
import { Player } from './player';

/** What this browser can show the stream with; `webcodecs` is better wherever it is. */
type Means = 'webcodecs' | 'mediasource';

function means(): Means | null {
  if ('VideoDecoder' in window && 'OffscreenCanvas' in window) return 'webcodecs';
  return 'MediaSource' in window ? 'mediasource' : null;
}

function unsupported(): PlayerState | null {
  if (!window.isSecureContext) return { kind: 'unsupported', why: 'insecure' };
  return means() === null ? { kind: 'unsupported', why: 'webcodecs' } : null;
}

let player: Player | null = null;
const thePlayer = (): Player => {
  player ??= new Player(() =>
    means() === 'webcodecs'
      ? new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
      : new InPage(),
  );
  return player;
};

/** A canvas can be handed to a worker once: each opening makes its own. */
function freshSurface(holder: HTMLElement | null, label: string): Surface {
  const element = document.createElement(means() === 'webcodecs' ? 'canvas' : 'video');
  element.width = 640;
  element.height = 360;
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', label);
  element.oncontextmenu = () => false; // its menu saves the picture
  holder?.replaceChildren(element);
  return element instanceof HTMLCanvasElement ? element.transferControlToOffscreen() : element;
}

/** A live picture of one camera of one grant. */
export function LiveCanvas({ grant, camera, rendition, label, token, ticket, onState }: LiveCanvasProps) {
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
      const surface = freshSurface(holder.current, label);
      const opened = { surface, grant, camera, rendition: shown.current, token: token ?? null, ticket };
      const wish = { kind: 'open', id: own, ...opened } as const;
      at.wish(wish, surface instanceof HTMLElement ? [] : [surface]);
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
  }, [grant, camera, token]);

  useEffect(() => {
    player?.wish({ kind: 'rendition', id: id.current, rendition });
  }, [rendition]);

  return <div class="live-canvas" ref={holder} />;
}
