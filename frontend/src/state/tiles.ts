/** From requests and grants to the tiles of the regulator’s wall. Pure; pictures live in `player/`. */
import type { Grant, Request, RoomState } from './room';

export const EXPIRING_MS = 120_000;
const SPEAKS: ReadonlySet<Request['state']> = new Set(['requested', 'refused', 'lapsed']);

const CUT: ReadonlySet<string> = new Set(['revoked', 'preempted', 'sharing_stopped']);
/** Whether somebody took the picture away, rather than time or the regulator. */
export const wasCut = (cause: string | null): boolean => cause !== null && CUT.has(cause);

/** What the regulator's wall shows of one camera of one incident: what runs, else the newest thing that was asked of it. */
export type Tile =
  | { kind: 'waiting'; camera: string; request: Request }
  | { kind: 'live'; camera: string; grant: Grant; endsAt: number; extension: Request | null }
  | { kind: 'suspended'; camera: string; grant: Grant; since: number; cause: string }
  | { kind: 'handed'; camera: string; grant: Grant; to: string; at: number }
  | { kind: 'over'; camera: string; grant: Grant; at: number; cause: string; by: string | null }
  | { kind: 'refused'; camera: string; request: Request; at: number; partly: boolean }
  | { kind: 'lapsed'; camera: string; request: Request; at: number };

/** The incident that a tile belongs to. */
export const incidentOf = (tile: Tile): string =>
  'request' in tile ? tile.request.incident : tile.grant.incident;

const RUNNING: Readonly<Partial<Record<Tile['kind'], number>>> = { suspended: 1, live: 2 };
/** What runs is not displaced by what does not: its picture would be lost while its access goes on. */
const displaces = (tile: Tile, shown: Tile | undefined): boolean =>
  shown === undefined || (RUNNING[tile.kind] ?? 0) >= (RUNNING[shown.kind] ?? 0);

/** One tile a camera, in the order cameras were first asked for, as `person` may see it; older endings are left out. */
export function tiles(
  room: RoomState,
  incidents: ReadonlySet<string>,
  nowMs: number,
  person: string | null = null,
  keepMs = 15 * 60_000,
): Tile[] {
  const found = new Map<string, Tile>();
  const requests = [...room.requests.values()]
    .filter((r) => incidents.has(r.incident) && r.extends === null)
    .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  for (const request of requests) {
    for (const camera of request.cameras) {
      const tile = handed(room, tileOf(room, request, camera), person);
      if (tile !== null && displaces(tile, found.get(camera))) found.set(camera, tile);
    }
  }
  return [...found.values()].filter((tile) => !('at' in tile) || nowMs - tile.at < keepMs);
}

/** A running picture of an incident this person passed on is not theirs to see. */
function handed(room: RoomState, tile: Tile | null, person: string | null): Tile | null {
  if (tile === null || (tile.kind !== 'live' && tile.kind !== 'suspended')) return tile;
  const charge = room.charges.get(tile.grant.incident);
  if (charge === undefined || person === null || !charge.relieved.includes(person)) return tile;
  const { camera, grant } = tile;
  return { kind: 'handed', camera, grant, to: charge.holder, at: Date.parse(charge.since ?? '') };
}

function tileOf(room: RoomState, request: Request, camera: string): Tile | null {
  const at = Date.parse(request.decided_at ?? request.created_at);
  switch (request.state) {
    case 'requested':
      return { kind: 'waiting', camera, request };
    case 'refused':
      return { kind: 'refused', camera, request, at, partly: false };
    case 'lapsed':
      return { kind: 'lapsed', camera, request, at };
    case 'approved': {
      const grant = request.grant === null ? undefined : room.grants.get(request.grant);
      if (grant === undefined) return null;
      const view = grant.views.find((v) => v.camera === camera);
      if (view === undefined) return { kind: 'refused', camera, request, at, partly: true };
      if (view.ended_at !== null) {
        return {
          kind: 'over',
          camera,
          grant,
          at: Date.parse(view.ended_at),
          cause: view.cause ?? 'revoked',
          by: view.ended_by,
        };
      }
      if (view.suspended_at !== null) {
        const since = Date.parse(view.suspended_at);
        return { kind: 'suspended', camera, grant, since, cause: view.suspension ?? 'city_pause' };
      }
      return {
        kind: 'live',
        camera,
        grant,
        endsAt: Date.parse(grant.ends_at),
        extension: extension(room, grant),
      };
    }
    default:
      return null; // withdrawn: the regulator took it back
  }
}

/** The newest wish for more time on the grant, while it waits or when it was turned down. */
function extension(room: RoomState, grant: Grant): Request | null {
  const asked = [...room.requests.values()]
    .filter((request) => request.extends === grant.id)
    .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  const newest = asked[0];
  return newest !== undefined && SPEAKS.has(newest.state) ? newest : null;
}
