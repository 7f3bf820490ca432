import { useEffect, useRef, useState } from 'preact/hooks';
import { confirmed, confirmSoon } from '../state/store';
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

/** Ends of the session or of a fault: the grant runs on, and with it the right to look. */
const NOT_OF_THE_GRANT: ReadonlySet<string> = new Set(['sign_in', 'fault']);

/**
 * Opens the picture once more when, after such an end, who looks is confirmed or the room's line is back; never after any
 * other end. `asks`: asks who looks, as a page with a cookie can. Returns the number of the opening, and what hears each state.
 */
function useReopening(may: boolean, asks: boolean): [number, (state: PlayerState) => void] {
  const [opening, setOpening] = useState(0);
  const over = useRef(false);
  const shown = useRef(true); // since this opening began, or before anything was
  const anew = confirmed.value;
  useEffect(() => {
    if (!over.current) return;
    over.current = false;
    setOpening((n) => n + 1);
  }, [anew]);
  const heard = (state: PlayerState) => {
    if (state.kind === 'live') shown.current = true;
    const ended = state.kind === 'ended' && !state.retry && may && NOT_OF_THE_GRANT.has(state.reason);
    if (ended && asks && shown.current) {
      shown.current = false; // asks by itself once for each time there was a picture
      confirmSoon();
    }
    over.current = ended;
  };
  return [opening, heard];
}

/** A live picture of one camera of one grant. */
export function LiveCanvas({ grant, camera, rendition, label, token, ticket, onState }: LiveCanvasProps) {
  const holder = useRef<HTMLDivElement>(null);
  const id = useRef(0);
  const [opening, heard] = useReopening(ticket === undefined, token === undefined);
  const tell = useRef(onState);
  tell.current = (state) => {
    heard(state);
    onState(state);
  };
  const shown = useRef<Rendition>(rendition);
  shown.current = rendition;
  const name = useRef(label);
  name.current = label;

  useEffect(() => {
    const cannot = unsupported();
    if (cannot !== null) {
      tell.current(cannot);
      return;
    }
    const at = thePlayer();
    const open = () => {
      const surface = freshSurface(holder.current, name.current);
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
  }, [grant, camera, token, opening]);

  useEffect(() => {
    player?.wish({ kind: 'rendition', id: id.current, rendition });
  }, [rendition]);

  useEffect(() => {
    holder.current?.firstElementChild?.setAttribute('aria-label', label);
  }, [label]);

  return <div class="live-canvas" ref={holder} />;
}
