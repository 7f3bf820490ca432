/** A room as a value: snapshot, then events in the order of the register. Pure; the socket lives in `store.ts`. */
import type { Schemas } from '../api/client';

export type Incident = Schemas['IncidentView'];
export type Charge = Schemas['ChargeView'];
export type Request = Schemas['RequestView'];
export type Grant = Schemas['GrantView'];
export type Crisis = Schemas['CrisisView'];
export type Viewing = Schemas['ViewingView'];
export type Preview = Schemas['PreviewView'];
export type Sharing = Schemas['SharingView'];
export type Person = Schemas['PersonView'];
export type Pause = Schemas['PauseView'];
export type Failing = Schemas['FailingView'];
export type Message = Schemas['MessageView'];
export type LiveEvent = Schemas['LiveEvent'];

export interface Happened {
  id: number;
  at: number;
  event: LiveEvent;
}

/** A room as the page knows it. Maps by id; `asOf` is the register entry it stands at. */
export interface RoomState {
  asOf: number;
  incidents: ReadonlyMap<string, Incident>;
  /** Who holds an incident, by incident, where that is not who opened it. */
  charges: ReadonlyMap<string, Charge>;
  requests: ReadonlyMap<string, Request>;
  grants: ReadonlyMap<string, Grant>;
  /** Declared crises, and proposals of one. */
  crises: ReadonlyMap<string, Crisis>;
  viewings: ReadonlyMap<string, Viewing>;
  /** What the city looks at itself before it decides; it alone is told. */
  previews: ReadonlyMap<string, Preview>;
  sharing: ReadonlyMap<string, Sharing>;
  persons: ReadonlyMap<string, Person>;
  /** How far requests nobody answered went: 1 a second post, 2 the supervisor on call, 3 the telephone. */
  levels: ReadonlyMap<string, number>;
  /** Cameras the city holds back. */
  pauses: ReadonlyMap<string, Pause>;
  failing: ReadonlyMap<string, Failing>;
  /** What was said under the grants that live, in the order it was said. */
  messages: ReadonlyMap<string, Message>;
  recent: readonly Happened[];
  answerMedianS: number | null;
}

const RECENT_MAX = 40;
const byId = <T extends { id: string }>(items: readonly T[]) => new Map(items.map((item) => [item.id, item]));

export function fromSnapshot(room: Schemas['Room'], recent: readonly Happened[] = []): RoomState {
  return {
    asOf: room.as_of,
    incidents: byId(room.incidents),
    charges: new Map(room.charges.map((charge) => [charge.incident, charge])),
    requests: byId(room.requests),
    grants: byId(room.grants),
    crises: byId(room.crises),
    viewings: byId(room.viewings),
    previews: byId(room.previews),
    sharing: new Map(room.sharing.map((s) => [s.owner, s])),
    persons: byId(room.persons),
    levels: new Map(room.escalations.map((e) => [e.request, e.level])),
    pauses: new Map(room.pauses.map((pause) => [pause.camera, pause])),
    failing: new Map(room.failing.map((failing) => [failing.camera, failing])),
    messages: byId(room.messages),
    recent,
    answerMedianS: room.answer_median_s,
  };
}

/** The room after an event; the same event again, or an older one, changes nothing. */
export function applied(room: RoomState, event: LiveEvent): RoomState {
  if (event.id <= room.asOf) return room;
  const requests = put(room.requests, event.request);
  return {
    ...room,
    answerMedianS: event.request ? answerMedianS(requests.values()) : room.answerMedianS,
    asOf: event.id,
    incidents: put(room.incidents, event.incident),
    charges: charges(room.charges, event.charge),
    requests,
    grants: put(room.grants, event.grant),
    crises: put(room.crises, event.crisis),
    viewings: goingOn(room.viewings, event.viewing),
    previews: goingOn(room.previews, event.preview),
    sharing: event.sharing ? new Map(room.sharing).set(event.sharing.owner, event.sharing) : room.sharing,
    persons: put(room.persons, event.person),
    levels: levels(room.levels, event),
    pauses: pauses(room.pauses, event.pause),
    failing: failing(room.failing, event),
    messages: put(room.messages, event.message),
    recent: [{ id: event.id, at: Date.parse(event.at), event }, ...room.recent].slice(0, RECENT_MAX),
  };
}

type Answer = Partial<Pick<LiveEvent, 'incident' | 'request' | 'message'>>;
/** The room with what this page was just answered with: the feed tells it again, to no effect. */
export const answered = (room: RoomState, { incident, request, message }: Answer): RoomState => ({
  ...room,
  // It has no version: of one that is known, what the feed told is newer.
  incidents: room.incidents.has(incident?.id ?? '') ? room.incidents : put(room.incidents, incident),
  requests: put(room.requests, request),
  messages: put(room.messages, message),
});

/** The room once everything up to entry `id` was told: entries not for these eyes leave no event. */
export const upTo = (room: RoomState, id: number): RoomState =>
  id > room.asOf ? { ...room, asOf: id } : room;

/** From asking to a person's decision, seconds; the service computes the first one the same way. */
export function answerMedianS(requests: Iterable<Request>): number | null {
  const answered = [...requests]
    .filter((r) => !r.exercise && r.decided_at !== null && !r.declaration)
    .filter((r) => r.state === 'approved' || r.state === 'refused')
    .map((r) => (Date.parse(r.decided_at ?? '') - Date.parse(r.created_at)) / 1000)
    .sort((a, b) => a - b);
  const middle = answered.length >> 1;
  const [low, high] = [answered[middle - 1], answered[middle]];
  if (high === undefined) return null;
  return answered.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

function put<T extends { id: string; version?: number }>(
  known: ReadonlyMap<string, T>,
  item: T | null | undefined,
): ReadonlyMap<string, T> {
  if (!item) return known;
  if ((known.get(item.id)?.version ?? 0) > (item.version ?? Number.POSITIVE_INFINITY)) return known;
  return new Map(known).set(item.id, item);
}

function goingOn<T extends { id: string; ended_at: string | null }>(
  known: ReadonlyMap<string, T>,
  look: T | null | undefined,
): ReadonlyMap<string, T> {
  if (!look) return known;
  const next = new Map(known);
  if (look.ended_at === null) next.set(look.id, look);
  else next.delete(look.id);
  return next;
}

function charges(known: ReadonlyMap<string, Charge>, charge: Charge | null | undefined) {
  if (!charge || (known.get(charge.incident)?.version ?? 0) > charge.version) return known;
  return new Map(known).set(charge.incident, charge);
}

function levels(known: ReadonlyMap<string, number>, { request, level }: LiveEvent) {
  if (!request || !level || level <= (known.get(request.id) ?? 0)) return known;
  return new Map(known).set(request.id, level);
}

function pauses(known: ReadonlyMap<string, Pause>, pause: Pause | null | undefined) {
  if (!pause) return known;
  const next = new Map(known);
  if (pause.cause === null) next.delete(pause.camera);
  else next.set(pause.camera, pause);
  return next;
}

function failing(known: ReadonlyMap<string, Failing>, { kind, camera, fault, at }: LiveEvent) {
  if (!camera || (kind !== 'camera.failed' && kind !== 'camera.recovered')) return known;
  const next = new Map(known);
  if (kind === 'camera.failed') next.set(camera, { camera, fault: fault ?? '', since: at });
  else next.delete(camera);
  return next;
}

/** Requests that wait for the city, oldest first. */
export function queue(room: RoomState): Request[] {
  return [...room.requests.values()]
    .filter((r) => r.state === 'requested')
    .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
}

const ANSWERED: ReadonlySet<Request['state']> = new Set(['approved', 'refused', 'withdrawn', 'lapsed']);

/** What just left the queue without this person's doing, newest first: who decided and when, or nobody. */
export function decidedElsewhere(room: RoomState, person: string, nowMs: number, keepMs = 60_000): Request[] {
  const at = (request: Request) => Date.parse(request.decided_at ?? '');
  return [...room.requests.values()]
    .filter(
      (r) => ANSWERED.has(r.state) && !r.declaration && r.decided_by !== person && nowMs - at(r) < keepMs,
    )
    .sort((a, b) => at(b) - at(a));
}

export const liveGrants = (room: RoomState): Grant[] =>
  [...room.grants.values()].filter((g) => g.state === 'approved' || g.state === 'active');
