/** The pages a habilitation may open; the service says which in `/api/me`. */
import type { Key } from '../words';

export const PAGES = [
  { id: 'samu', path: '/samu', title: 'pageSamu' },
  { id: 'cic', path: '/cic', title: 'pageCic' },
  { id: 'registre', path: '/registre', title: 'pageRegister' },
  { id: 'retex', path: '/retex', title: 'pageRetex' },
  { id: 'admin', path: '/admin', title: 'pageAdmin' },
] as const satisfies ReadonlyArray<{ id: string; path: string; title: Key }>;
