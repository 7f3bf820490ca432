/** The pages a habilitation may open; the service says which in `/api/me`. */
import type { Key } from '../words';

export const PAGES = [
  { id: 'samu', path: '/samu', title: 'pageSamu' },
  { id: 'cic', path: '/cic', title: 'pageCic' },
  { id: 'registre', path: '/registre', title: 'pageRegister' },
  { id: 'retex', path: '/retex', title: 'pageRetex' },
  { id: 'admin', path: '/admin', title: 'pageAdmin' },
] as const satisfies ReadonlyArray<{ id: string; path: string; title: Key }>;

/** The regulators' wall alone, on a screen of its own. */
export const WALL = '/mur';
/** Open to everybody who is signed in. */
export const SESSIONS = '/sessions';

/** Which page is at this address. */
export function pageAt(path: string): (typeof PAGES)[number]['id'] | undefined {
  if (path === WALL) return 'samu';
  if (path.startsWith('/admin/')) return 'admin';
  return PAGES.find((page) => page.path === path)?.id;
}

/** The name of the page at this address: the wall's own, as it is open beside the room. */
export const titleAt = (path: string): Key =>
  path === WALL ? 'pageMur' : (PAGES.find(({ id }) => id === pageAt(path))?.title ?? 'brand');

/** Where to go once signed in: the page that was asked for, as it was asked for; null where it was none. */
export function wantedHere(at: Pick<Location, 'pathname' | 'search' | 'hash'> = location): string | null {
  const asked = at.pathname === SESSIONS || pageAt(at.pathname) !== undefined;
  return asked ? at.pathname + at.search + at.hash : null;
}
