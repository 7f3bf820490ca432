/** From the address and the person to the page: front door, a room, or the register. */
import { useEffect } from 'preact/hooks';
import { Front } from '../pages/Front';
import { Mur } from '../pages/mur/Mur';
import { Samu } from '../pages/samu/Samu';
import { keepAwake } from '../state/session';
import { followOwn, loadMe, me, offline } from '../state/store';
import { t } from '../words';
import { later } from './Later';
import { pageAt, SESSIONS, titleAt, WALL } from './pages';
import { SessionBell } from './SessionBanner';
import { StepUp } from './StepUp';

const Access = later(async () => (await import('../pages/access/Access')).Access);
const Admin = later(async () => (await import('../pages/admin/Admin')).Admin);
const Cic = later(async () => (await import('../pages/cic/Cic')).Cic);
const Register = later(async () => (await import('../pages/register/Register')).Register);
const Retex = later(async () => (await import('../pages/retex/Retex')).Retex);
const Sessions = later(async () => (await import('../pages/Sessions')).Sessions);

/** Open to everybody. */
const ACCESS = '/accessibilite';

function Room({ page }: { page: 'samu' | 'cic' }) {
  useEffect(followOwn, []);
  if (page === 'cic') return <Cic />;
  return location.pathname === WALL ? <Mur /> : <Samu />;
}

export function App() {
  return (
    <>
      <SessionBell />
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
  if (path === ACCESS) return <Access />;
  const wanted = pageAt(path);
  if (who !== null && path === SESSIONS) return <Sessions />;
  if (wanted === undefined || who === null) return <Front />;
  if (!who.pages.includes(wanted)) return <Front barred />;
  document.title = `CrisisLink · ${t(titleAt(path))}`;
  if (wanted === 'registre') return <Register />;
  if (wanted === 'retex') return <Retex />;
  return wanted === 'admin' ? <Admin /> : <Room page={wanted} />;
}
