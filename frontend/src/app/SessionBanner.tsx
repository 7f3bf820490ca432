/** Before the session ends: when, and the one act that moves the end. The countdown is not read aloud. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, body, lastAwake, type Schemas } from '../api/client';
import { RING_MS, type SessionEnd, SOON_MS, sessionEnd } from '../state/session';
import { loadMe, type Me, me } from '../state/store';
import { now } from '../state/time';
import { minutes, t } from '../words';
import { setRinging, shiftBegun } from './sound';

/** Where the sign-in that renews a session leads: a page that says so and may be closed. */
export const RENEWED = '/?renewed';

const endOf = (who: Me): SessionEnd => sessionEnd(who, now.value - (Date.now() - lastAwake.value));

const RINGS = { idle: 'sessionIdle', shift: 'sessionShift', over: 'end_sign_in' } as const;

/** Rings in a begun shift before the session ends, and when it has ended, which leaves the post deaf: until a hand answers. */
export function SessionBell() {
  const who = me.value;
  const was = useRef(false);
  was.current ||= Boolean(who);
  const end = who ? endOf(who) : null;
  const soon = end !== null && end.atMs - now.value <= RING_MS ? end.by : null;
  const why = who === null && was.current ? 'over' : soon;
  useEffect(() => {
    if (why === null || !shiftBegun()) return;
    setRinging('session', true, t(RINGS[why]));
    const hush = () => setRinging('session', false);
    addEventListener('pointerdown', hush);
    addEventListener('keydown', hush);
    return () => {
      hush();
      removeEventListener('pointerdown', hush);
      removeEventListener('keydown', hush);
    };
  }, [why]);
  return why === 'over' ? (
    <p class="banner bad" role="alert">
      {t(RINGS.over)}
    </p>
  ) : null;
}

export function SessionBanner() {
  const who = me.value;
  if (!who) return null;
  const end = endOf(who);
  if (end.atMs - now.value > SOON_MS) return null;
  return <Ending who={who} end={end} />;
}

function Ending({ who, end }: { who: Me; end: SessionEnd }) {
  return (
    <section class="banner" aria-label={t('pageSessions')}>
      <span>
        <span role="alert">
          {t(end.by === 'idle' ? 'sessionIdle' : 'sessionShift')} {t('sessionKept')}
        </span>{' '}
        <b class="num">{t('sessionLeft', { left: minutes(end.atMs - now.value) })}</b>
      </span>
      {end.by === 'idle' ? (
        <button type="button" class="btn sm p" onClick={() => void loadMe()}>
          {t('sessionStay')}
        </button>
      ) : (
        <SignInAnew side={who.organisation.side} />
      )}
    </section>
  );
}

/** In another tab, so that the room stays on the screen; it goes on with the new session by itself. */
function SignInAnew({ side }: { side: Schemas['Provider']['side'] }) {
  const [ways, setWays] = useState<Schemas['Provider'][]>([]);
  useEffect(() => {
    const known = (found: Schemas['SignIn']) => setWays(found.providers.filter((one) => one.side === side));
    body(api.GET('/api/sign-in')).then(known, () => setWays([]));
  }, [side]);
  return (
    <>
      {ways.map((way) => (
        <a
          key={way.id}
          class="btn sm p"
          href={`${way.url}?next=${encodeURIComponent(RENEWED)}`}
          target="_blank"
          rel="noopener"
        >
          {t('sessionAnew')} · {way.label}
        </a>
      ))}
    </>
  );
}
