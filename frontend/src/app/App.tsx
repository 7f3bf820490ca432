/** From the address and the person to the page: front door, a room, or the register. */
import { useEffect } from 'preact/hooks';
import { Admin } from '../pages/admin/Admin';
import { Cic } from '../pages/cic/Cic';
import { Front } from '../pages/Front';
import { Mur } from '../pages/mur/Mur';
import { Register } from '../pages/register/Register';
import { Retex } from '../pages/retex/Retex';
import { Sessions } from '../pages/Sessions';
import { Samu } from '../pages/samu/Samu';
import { keepAwake } from '../state/session';
import { followRoom, loadMe, me, offline } from '../state/store';
import { t } from '../words';
import { PAGES } from './pages';
import { StepUp } from './StepUp';

/** The regulators' wall alone, on a screen of its own. */
const WALL = '/mur';
/** Open to everybody who is signed in. */
const SESSIONS = '/sessions';

function Room({ page }: { page: 'samu' | 'cic' }) {
  useEffect(followRoom, []);
  if (page === 'cic') return <Cic />;
  return location.pathname === WALL ? <Mur /> : <Samu />;
}

export function App() {
  return (
    <>
      <Opened />
      <StepUp />
    </>
  );
}

function Opened() {
  useEffect(() => {
    void loadMe();
    return keepAwake();
  }, []);
  const who = me.value;
  if (offline.value && who === undefined)
    return (
      <p class="notice" role="alert">
        {t('serviceDown')}
      </p>
    );
  if (who === undefined) return <p class="notice">{t('loading')}</p>;
  const path = location.pathname;
  const wanted =
    path === WALL
      ? 'samu'
      : path.startsWith('/admin/')
        ? 'admin'
        : PAGES.find((page) => page.path === path)?.id;
  if (who !== null && path === SESSIONS) return <Sessions />;
  if (wanted === undefined || who === null) return <Front />;
  if (!who.pages.includes(wanted)) return <Front barred />;
  document.title = `CrisisLink · ${t(PAGES.find((page) => page.id === wanted)?.title ?? 'brand')}`;
  if (wanted === 'registre') return <Register />;
  if (wanted === 'retex') return <Retex />;
  return wanted === 'admin' ? <Admin /> : <Room page={wanted} />;
}
