/** What both rooms have on top: who, where, the server’s time, and what must not be missed. */
import type { ComponentChildren } from 'preact';
import { connected, degraded, lostMs, me, room, theme, toggleTheme } from '../state/store';
import { now } from '../state/time';
import { clockTime, language, speak, t, unspoken } from '../words';
import { ExerciseBand } from './Exercise';
import { Phones } from './Phones';
import { SessionBanner } from './SessionBanner';
import { RecentBanner } from './StepUp';
import { Stopped } from './Stopped';
import { Unspoken } from './Unspoken';

interface Props {
  title: string | null;
  children?: ComponentChildren;
}

/** `title`: the page's first heading, for who hears the page; null where it is on the page itself. */
export const TopBar = (props: Props) => (
  <>
    <Bar {...props} />
    <Notices />
  </>
);

/** Under the bar of every page: that an exercise is under way, and that the session ends. */
export const Notices = () => (
  <>
    <ExerciseBand />
    <SessionBanner />
  </>
);

function Bar({ title, children }: Props) {
  const who = me.value;
  return (
    <header class="top">
      <Skip />
      {title !== null && <h1 class="sr">{title}</h1>}
      <a class="brand" href="/">
        CrisisLink <small>{who?.organisation.short_name}</small>
      </a>
      {who?.demo && <span class="pill demo">{t('demoNote')}</span>}
      <span class="spacer" />
      <Live />
      {children}
      {who && (
        <a class="who" href="/sessions" title={t('pageSessions')}>
          {who.person.name} · {who.person.post}
        </a>
      )}
      <Unspoken />
      <button
        type="button"
        class="btn sm quiet"
        onClick={() => {
          void speak((unspoken.value ?? language.value) === 'fr' ? 'en' : 'fr');
        }}
      >
        {t('language')}
      </button>
      <button
        type="button"
        class="btn sm quiet"
        aria-label={t('theme')}
        title={t('theme')}
        onClick={toggleTheme}
      >
        {theme.value === 'dark' ? '☾' : '☀'}
      </button>
      {who && (
        <form method="post" action="/auth/logout">
          <button type="submit" class="btn sm quiet">
            {t('signOut')}
          </button>
        </form>
      )}
      <time class="clock num">{clockTime(now.value)}</time>
    </header>
  );
}

/** Past the bar, for who walks by Tab (RGAA 12.7). */
export const Skip = () => (
  <a class="skip btn" href="#main">
    {t('toMain')}
  </a>
);

/** Whether the room that is followed is what happens now. */
export const Live = () =>
  room.value && (
    <span class={`pill ${connected.value && !degraded.value ? 'live' : 'lost'}`} role="status">
      <span class="dot" aria-hidden="true" />
      {t(liveWord())}
    </span>
  );

function liveWord(): 'liveOk' | 'liveDegraded' | 'liveLost' {
  if (!connected.value) return 'liveLost';
  return degraded.value ? 'liveDegraded' : 'liveOk';
}

/** What everybody in a room must know before anything else. */
export function Banners() {
  const state = room.value;
  return (
    <>
      {state !== null && !connected.value && lostMs.value > 0 && (
        <p class="banner bad" role="alert">
          <span>
            {t('liveLostBanner', { at: clockTime(lostMs.value) })} <Phones />
          </span>
        </p>
      )}
      {connected.value && degraded.value && (
        <p class="banner" role="status">
          {t('degradedBanner')}
        </p>
      )}
      <RecentBanner />
      <Stopped />
    </>
  );
}
