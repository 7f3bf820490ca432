/** What people do about declared crises, as calls of the service. */
import { api, body, type Schemas } from '../../api/client';
import { attempt } from '../../app/Failure';
import type { Draft } from '../../state/stepup';

export type Act = Schemas['ActView'];
export type NewCrisis = Schemas['NewCrisis'];

const path = (crisis: string) => ({ path: { crisis } });

export const acts = (): Promise<Act[]> => body(api.GET('/api/acts'));

/** `draft`: what its person finds again after proving who they are. */
export const propose = (terms: NewCrisis, draft: Draft): Promise<boolean> =>
  attempt(() => body(api.POST('/api/crises', { body: terms })), 'crisis', draft);

export const confirm = (proposal: string, version: number): Promise<boolean> =>
  attempt(
    () =>
      body(api.POST('/api/crises/{proposal}/confirm', { params: { path: { proposal } }, body: { version } })),
    'crisis',
  );

export const decline = (proposal: string): Promise<boolean> =>
  attempt(
    () => body(api.POST('/api/crises/{proposal}/decline', { params: { path: { proposal } } })),
    'crisis',
  );

/** `cut`: what it granted ends too. */
export const suspend = (crisis: string, cut: boolean): Promise<boolean> =>
  attempt(() => body(api.POST('/api/crises/{crisis}/suspend', { params: path(crisis), body: { cut } })));

export const resume = (crisis: string): Promise<boolean> =>
  attempt(() => body(api.POST('/api/crises/{crisis}/resume', { params: path(crisis) })));

export const end = (crisis: string): Promise<boolean> =>
  attempt(() => body(api.POST('/api/crises/{crisis}/end', { params: path(crisis) })), 'crisis');

export const notice = (grant: string): Promise<boolean> =>
  attempt(() => body(api.POST('/api/grants/{grant}/notice', { params: { path: { grant } } })), 'queue');
