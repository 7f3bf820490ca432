/** When a colleague decides what is being read, the next card takes its place: no key meant for the one may decide the other. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Request, RoomState } from '../../state/room';
import { me } from '../../state/store';
import { inDialog } from '../samu/shortcuts';

/** A key pressed for the card before must not decide the one that just took its place. */
export const SETTLE_MS = 400;
const HELD_MS = 2_000;
/** Keys that say the person saw the jump. Those that change what would be given do not. */
const ACTS: ReadonlySet<string> = new Set(['ArrowUp', 'ArrowDown', 'Tab', ' ']);

interface Taken {
  request: Request;
  /** Whether a dialog stood open, in which the next key was meant: there only an act lets the keys go. */
  open: boolean;
}

/**
 * The request that left the queue while `current` was on it and that this person did not decide. Null again once they
 * act (an arrow up or down, Tab, Space, a click), or after 2 s unless they were in a dialog; until then keys decide nothing.
 */
export function useTaken(room: RoomState, current: Request | null): Request | null {
  const [taken, setTaken] = useState<Taken | null>(null);
  const read = useRef<Request | null>(null);
  const last = read.current;
  read.current = current;
  if (last !== null && last.id !== current?.id) {
    const request = room.requests.get(last.id) ?? last;
    const moved = room.requests.get(last.id)?.state === 'requested';
    // Now, while a dialog of the card that goes still stands.
    if (!moved && request.decided_by !== me.value?.person.id)
      setTaken({ request, open: inDialog() || (taken?.open ?? false) });
  }
  useEffect(() => {
    if (taken === null) return;
    const since = performance.now();
    const release = () => setTaken(null);
    const act = (event: Event) => {
      const key = event instanceof KeyboardEvent ? event.key : null;
      if (key !== null && (!ACTS.has(key) || (event as KeyboardEvent).repeat)) return;
      if (performance.now() - since > SETTLE_MS) release();
    };
    const timer = taken.open ? 0 : setTimeout(release, HELD_MS);
    document.addEventListener('keydown', act);
    document.addEventListener('pointerdown', act);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('keydown', act);
      document.removeEventListener('pointerdown', act);
    };
  }, [taken]);
  return taken?.request ?? null;
}
