/** Declared crises as a room sees them: which go on, whose word is missing, what they granted that nobody noticed. */
import type { Zone } from '../map/contract';
import { type Crisis, type Grant, liveGrants, type RoomState } from './room';
import type { Me } from './store';

const OPEN: ReadonlySet<Crisis['state']> = new Set(['proposed', 'active', 'suspended']);

/** Those that are not over, the oldest first. */
export const openCrises = (room: RoomState | null): Crisis[] =>
  [...(room?.crises.values() ?? [])]
    .filter((crisis) => OPEN.has(crisis.state))
    .sort((a, b) => Date.parse(a.proposed_at) - Date.parse(b.proposed_at));

const TOLD_MS = 15 * 60_000;

/** Those that ended, or came to nothing, within the last quarter of an hour; the oldest first. */
export const justOver = (room: RoomState | null, nowMs: number): Crisis[] =>
  [...(room?.crises.values() ?? [])]
    .filter((one) => one.ended_at !== null && nowMs - Date.parse(one.ended_at) < TOLD_MS)
    .sort((a, b) => Date.parse(a.ended_at ?? '') - Date.parse(b.ended_at ?? ''));

/** What somebody may do about it. */
export interface Powers {
  confirm: boolean;
  decline: boolean;
  suspend: boolean;
  resume: boolean;
  end: boolean;
}

/** Supervisors of both sides declare; any police operator may stop what is granted at once. */
export const declares = (who: Pick<Me, 'roles'>): boolean =>
  who.roles.includes('samu_supervisor') || who.roles.includes('room_supervisor');

export function powers(crisis: Crisis, who: Pick<Me, 'roles' | 'organisation'>): Powers {
  const { side } = who.organisation;
  const supervisor = declares(who);
  const declared = crisis.state === 'active' || crisis.state === 'suspended';
  return {
    confirm: supervisor && crisis.waits_for === side,
    decline: supervisor && crisis.state === 'proposed',
    suspend: side === 'city' && crisis.state === 'active',
    resume: side === 'city' && supervisor && crisis.state === 'suspended',
    end: supervisor && declared,
  };
}

/** Grants that a declared crisis gave and nobody of the police room acknowledged, the oldest first. */
export const unnoticed = (room: RoomState): Grant[] =>
  liveGrants(room)
    .filter((grant) => grant.declaration !== null && grant.declaration !== undefined && !grant.noticed_at)
    .sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at));

/** What it granted, and still runs. */
export const runningIn = (room: RoomState, crisis: Crisis): Grant[] =>
  liveGrants(room).filter((grant) => grant.declaration === crisis.id);

export const zoneOf = (crisis: Crisis): Zone => ({
  kind: crisis.state === 'active' ? 'crisis' : crisis.state === 'suspended' ? 'suspended' : 'draft',
  points: crisis.perimeter.points,
  radiusM: crisis.perimeter.radius_m ?? null,
  label: crisis.ref,
});
