/** The city's decisions. `version` says which request was seen: another person's decision is never overwritten. */
import { api, body, type Schemas } from '../../api/client';
import { attempt, attemptAll } from '../../app/Failure';
import type { Request } from '../../state/room';

export type RefusalReason = Schemas['Refusal']['reason'];
export const REASONS: readonly RefusalReason[] = [
  'police_operation',
  'judicial',
  'out_of_legal_basis',
  'camera_down',
  'mask_missing',
  'duplicate',
  'other',
];

/** What is given; kept while its person must confirm who they are. */
export interface Given {
  cameras: string[];
  minutes: number;
}

export const approve = (request: Request, { cameras, minutes }: Given): Promise<boolean> =>
  attempt(
    () =>
      body(
        api.POST('/api/requests/{request}/approve', {
          params: { path: { request: request.id } },
          body: { cameras, duration_s: minutes * 60, version: request.version },
        }),
      ),
    'queue',
    { of: request.id, filled: { cameras, minutes } satisfies Given },
  );

export const refuse = (request: Request, reason: RefusalReason): Promise<boolean> =>
  attempt(
    () =>
      body(
        api.POST('/api/requests/{request}/refuse', {
          params: { path: { request: request.id } },
          body: { reason, version: request.version },
        }),
      ),
    'queue',
  );

/** What to cut of a grant; `cameras` null: all of it. `preempt`: the police need them themselves. */
export interface Cut {
  grant: string;
  cameras: string[] | null;
  preempt?: boolean;
}

/** Cut at once, side by side: one that fails holds no other up, and is said. */
export const cut = (cuts: readonly Cut[]): Promise<boolean> =>
  attemptAll(
    cuts.map(({ grant, cameras, preempt = false }) => () => {
      const path = { grant };
      return body(api.POST('/api/grants/{grant}/revoke', { params: { path }, body: { cameras, preempt } }));
    }),
    'who',
  );

export const revoke = (grant: string, cameras: string[] | null): Promise<boolean> =>
  cut([{ grant, cameras }]);

/** Hold a camera back from everybody; its views keep their end. */
export const suspend = (camera: string): Promise<boolean> =>
  attempt(
    () =>
      body(
        api.POST('/api/cameras/{camera}/suspend', { params: { path: { camera } }, body: { moved: false } }),
      ),
    'who',
  );

/** Show it again, where nothing else forbids. */
export const resume = (camera: string): Promise<boolean> =>
  attempt(() => body(api.POST('/api/cameras/{camera}/resume', { params: { path: { camera } } })), 'who');
