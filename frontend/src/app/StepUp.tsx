/** Confirming who one is, where an act needs it recent: in time from the room, or when the act was refused. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../api/client';
import { interrupted, recent, stepUpUrl } from '../state/stepup';
import { me } from '../state/store';
import { now } from '../state/time';
import { minutes, t } from '../words';
import { ProviderDown } from './ProviderDown';
import { RENEWED } from './SessionBanner';
import { St } from './St';

/** Before it runs out, and after: so that nobody has to do it while a request waits. */
export function RecentBanner() {
  const who = me.value;
  if (!who) return null;
  const found = recent(who, now.value);
  if (found.kind === 'free' || found.kind === 'ok') return null;
  return (
    <section class="banner" aria-label={t('stepUpTitle')}>
      <span>
        <span role="status">{t(found.kind === 'soon' ? 'recentSoon' : 'recentOver')}</span>{' '}
        {found.kind === 'soon' && <b class="num">{t('sessionLeft', { left: minutes(found.leftMs) })}</b>}
      </span>
      <Confirm />
    </section>
  );
}

/** The same at the start of shift. */
export function RecentCheck() {
  const who = me.value;
  if (!who) return null;
  const found = recent(who, now.value);
  if (found.kind === 'free') return null;
  return (
    <li>
      <St kind={found.kind === 'over' ? 'stale' : 'live'}>
        {t(found.kind === 'over' ? 'shiftRecentNo' : 'shiftRecentOk')}
      </St>
      {found.kind !== 'over' && <b class="num">{t('sessionLeft', { left: minutes(found.leftMs) })}</b>}
      <Confirm />
    </li>
  );
}

/** In another tab, so that the room stays on the screen; it goes on with the new session by itself. */
function Confirm() {
  return (
    <a class="btn sm p" href={stepUpUrl(RENEWED)} target="_blank" rel="noopener">
      {t('recentConfirm')}
    </a>
  );
}

/** An act was refused for it: there, and back to the very thing, which keeps what was filled in. */
export function StepUp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const next = interrupted.value;
  useEffect(() => {
    if (next !== null) dialog.current?.showModal();
    else dialog.current?.close();
  }, [next]);
  return (
    <dialog
      ref={dialog}
      aria-label={t('stepUpTitle')}
      onClose={() => {
        interrupted.value = null;
      }}
    >
      <h2>{t('stepUpTitle')}</h2>
      <p>{t('stepUpWhy')}</p>
      {next !== null && <Down />}
      <div class="acts">
        <button type="button" class="btn" onClick={() => dialog.current?.close()}>
          {t('cancel')}
        </button>
        {next !== null && (
          <a class="btn p" href={stepUpUrl(next)} autofocus>
            {t('recentConfirm')}
          </a>
        )}
      </div>
    </dialog>
  );
}

/** A provider that does not answer is said before anybody leaves the room for it. */
function Down() {
  const [ways, setWays] = useState<Schemas['Provider'][]>([]);
  const side = me.value?.organisation.side;
  useEffect(() => {
    const own = (found: Schemas['SignIn']) => setWays(found.providers.filter((one) => one.side === side));
    body(api.GET('/api/sign-in')).then(own, () => setWays([]));
  }, [side]);
  return (
    <>
      {ways.map((one) => (
        <ProviderDown key={one.id} provider={one} />
      ))}
    </>
  );
}
