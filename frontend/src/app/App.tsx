/** From the address and the person to the page: front door, a room, or the register. */
import { useEffect } from 'preact/hooks';
import { Admin } from '../pages/admin/Admin';
import { Cic } from '../pages/cic/Cic';
import { Front } from '../pages/Front';
import { Register } from '../pages/register/Register';
import { Samu } from '../pages/samu/Samu';
import { followRoom, loadMe, me, offline } from '../state/store';
import { t } from '../words';
import { PAGES } from './pages';

function Room({ page }: { page: 'samu' | 'cic' }) {
  useEffect(followRoom, []);
  return page === 'samu' ? <Samu /> : <Cic />;
}

export function App() {
  useEffect(() => {
    void loadMe();
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
    path === '/mur'
      ? 'samu'
      : path.startsWith('/admin/')
        ? 'admin'
        : PAGES.find((page) => page.path === path)?.id;
  if (wanted === undefined || who === null) return <Front />;
  if (!who.pages.includes(wanted)) return <Front barred />;
  document.title = `CrisisLink · ${t(PAGES.find((page) => page.id === wanted)?.title ?? 'brand')}`;
  if (wanted === 'admin') return <Admin />;
  return wanted === 'registre' ? <Register /> : <Room page={wanted} />;
}
