/** When this page's session ends: at its shift's end, or of idleness before. Pure, but for who asks. */
import { lastAwake } from '../api/client';
import { loadMe, type Me, me } from './store';

export const SOON_MS = 5 * 60_000;
/** From here on it is heard, too: a post of a begun shift may be looked at by nobody. */
export const RING_MS = 2 * 60_000;
/** Whoever works keeps the session awake; asked at most this often. */
const AWAKE_EVERY_MS = 60_000;

/** `by` idle: any act of the person moves the end; `by` shift: only signing in anew does. */
export interface SessionEnd {
  atMs: number;
  by: 'idle' | 'shift';
}

/** The end as things stand. `answeredMs`: when the service last answered this page, on the server's clock. */
export function sessionEnd(
  who: Pick<Me, 'session_ends_at' | 'session_idle_s'>,
  answeredMs: number,
): SessionEnd {
  const shift = Date.parse(who.session_ends_at);
  const idle = answeredMs + who.session_idle_s * 1000;
  return idle < shift ? { atMs: idle, by: 'idle' } : { atMs: shift, by: 'shift' };
}

/** The socket alone keeps no session awake: a hand on the mouse or the keyboard does. */
export function keepAwake(): () => void {
  let asked = 0;
  const acted = () => {
    if (!me.peek() || Date.now() - Math.max(asked, lastAwake.peek()) < AWAKE_EVERY_MS) return;
    asked = Date.now();
    void loadMe();
  };
  addEventListener('pointerdown', acted);
  addEventListener('keydown', acted);
  return () => {
    removeEventListener('pointerdown', acted);
    removeEventListener('keydown', acted);
  };
}
