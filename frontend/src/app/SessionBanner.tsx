/** Before the session ends: when, and the one act that moves the end. The countdown is not read aloud. */
import { useEffect, useState } from 'preact/hooks';
import { api, body, lastAwake, type Schemas } from '../api/client';
import { type SessionEnd, SOON_MS, sessionEnd } from '../state/session';
import { loadMe, type Me, me } from '../state/store';
import { now } from '../state/time';
import { minutes, t } from '../words';

/** Where the sign-in that renews a session leads: a page that says so and may be closed. */
export const RENEWED = '/?renewed';

export function SessionBanner() {
  const who = me.value;
  if (!who) return null;
  const end = sessionEnd(who, now.value - (Date.now() - lastAwake.value));
  if (end.atMs - now.value > SOON_MS) return null;
  return <Ending who={who} end={end} />;
}

function Ending({ who, end }: { who: Me; end: SessionEnd }) {
  return (
    <p class="banner">
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
    </p>
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
