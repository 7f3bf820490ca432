/** The administrators' frame: a short list of sections, and the one that the address names. */
import type { ComponentType } from 'preact';
import { Failure } from '../../app/Failure';
import { TopBar } from '../../app/TopBar';
import { type Key, t } from '../../words';
import { Identity } from './Identity';
import { Habilitations } from './roster/Habilitations';
import { SignedIn } from './SignedIn';

interface Section {
  path: string;
  title: Key;
  page: ComponentType;
}

const SECTIONS: [Section, ...Section[]] = [
  { path: '/admin/habilitations', title: 'adminRoster', page: Habilitations },
  { path: '/admin/identite', title: 'adminIdentity', page: Identity },
  { path: '/admin/sessions', title: 'adminSessions', page: SignedIn },
];

export function Admin() {
  const open = SECTIONS.find((section) => section.path === location.pathname) ?? SECTIONS[0];
  return (
    <div class="app register">
      <div>
        <TopBar title={t('pageAdmin')} />
        <Failure />
      </div>
      <main id="main" class="panel">
        <header>
          <h2>{t('pageAdmin')}</h2>
          <nav>
            {SECTIONS.map((section) => (
              <a
                key={section.path}
                class="btn"
                href={section.path}
                aria-current={section === open ? 'page' : undefined}
              >
                {t(section.title)}
              </a>
            ))}
          </nav>
        </header>
        <open.page />
      </main>
    </div>
  );
}
