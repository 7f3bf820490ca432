/** The front door: what this is, the ways to sign in, the pages one may open. */
import { useEffect, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../api/client';
import { ProviderDown } from '../app/ProviderDown';
import { PAGES, wantedHere } from '../app/pages';
import { TopBar } from '../app/TopBar';
import { me } from '../state/store';
import { type Key, t, tCode } from '../words';

const SIDES: Record<string, Key> = { hospital: 'doorHospital', city: 'doorCity', oversight: 'doorOversight' };
const ASK_AGAIN_MS = 15_000;
const LOST_AGAIN_MS = 2_000;
const HOME: Record<string, string> = { hospital: '/samu', city: '/cic' };

/** The front door: sign in, or go to one's pages. `barred`: the page asked for is another role's. */
export function Front({ barred = false }: { barred?: boolean }) {
  const [ways, setWays] = useState<Schemas['SignIn'] | null>(null);
  const [lost, setLost] = useState(false);
  const who = me.value;
  useEffect(() => {
    let [again, left] = [0, false];
    const ask = async () => {
      const found = await body(api.GET('/api/sign-in')).catch(() => null);
      if (left) return;
      if (found !== null) setWays(found);
      setLost(found === null);
      again = window.setTimeout(ask, found === null ? LOST_AGAIN_MS : ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      left = true;
      clearTimeout(again);
    };
  }, []);
  const problem = new URLSearchParams(location.search).get('problem');
  const asked = wantedHere();
  return (
    <div class="door">
      <div>
        <TopBar title={null} />
      </div>
      <main id="main">
        <section class="card">
          <h1>{t('doorTitle')}</h1>
          <p class="lead">{t('doorLead')}</p>
          {problem !== null && (
            <p class="banner bad" role="alert">
              {tCode('problem_', problem, 'problemGeneric')}
            </p>
          )}
          {problem === 'no_habilitation' && <Help ways={ways} />}
          {who && new URLSearchParams(location.search).has('renewed') && (
            <p class="banner" role="status">
              {t('sessionRenewed')}
            </p>
          )}
          {(!who || problem === 'identity_provider') &&
            ways?.providers.map((provider) => <ProviderDown key={provider.id} provider={provider} />)}
          {barred && <p class="banner">{t('notYourPage')}</p>}
          {who ? (
            <>
              <h2>{t(barred ? 'notYourPageDo' : 'doorPages')}</h2>
              <nav class="choices">
                {PAGES.filter((page) => who.pages.includes(page.id)).map((page) => (
                  <a key={page.id} class="btn big p" href={page.path}>
                    {t(page.title)}
                  </a>
                ))}
              </nav>
            </>
          ) : (
            <>
              <h2>{t(asked !== null ? 'signInFirst' : 'doorSignIn')}</h2>
              {lost && (
                <p class="banner bad" role="alert">
                  {t('serviceDown')}
                </p>
              )}
              {ways === null && !lost && <p role="status">{t('loading')}</p>}
              <nav class="choices">
                {ways?.providers.map((provider) => {
                  const next = encodeURIComponent(asked ?? HOME[provider.side] ?? '/');
                  return (
                    <a key={provider.id} class="btn big p" href={`${provider.url}?next=${next}`}>
                      <span>
                        {provider.label}
                        <small>{t(SIDES[provider.side] ?? 'doorCity')}</small>
                      </span>
                    </a>
                  );
                })}
              </nav>
              {ways?.demo && <p class="muted">{t('demoNote')}</p>}
            </>
          )}
        </section>
      </main>
      <footer>
        <a href="/accessibilite">{t('accessibility')}</a>
      </footer>
    </div>
  );
}

/** Who comes in and is in no roster: whom to ask, and by which reference they are found there. */
function Help({ ways }: { ways: Schemas['SignIn'] | null }) {
  const asked = new URLSearchParams(location.search);
  const own = ways?.providers.find((provider) => provider.id === asked.get('provider'));
  const reference = asked.get('reference') ?? '';
  return (
    <div>
      <p>{t('strangerWho', { help: own?.help ?? t('strangerNobody') })}</p>
      {/^[A-Z2-9]{6}$/.test(reference) && (
        <>
          <p>{t('strangerReference')}</p>
          <p class="reference">{reference}</p>
        </>
      )}
    </div>
  );
}
