/** Who holds an incident, and what this person can do about it at the change of shift. Pure. */
import type { Incident, RoomState } from './room';

/** Who holds it: whoever opened it, until it is handed over. */
export const holderOf = (room: RoomState, incident: Incident): string =>
  room.charges.get(incident.id)?.holder ?? incident.opened_by;

/** Where a handover stands, as one person sees it. `sinceMs`: since when somebody waits for the other. */
export type Stage =
  | { kind: 'mine' }
  | { kind: 'offering'; sinceMs: number }
  | { kind: 'asked'; by: string; sinceMs: number }
  | { kind: 'theirs' }
  | { kind: 'offered'; by: string; sinceMs: number }
  | { kind: 'asking'; sinceMs: number }
  | { kind: 'wanted'; by: string; sinceMs: number };

export function stageOf(room: RoomState, incident: Incident, person: string): Stage {
  const charge = room.charges.get(incident.id);
  const mine = holderOf(room, incident) === person;
  if (!charge || charge.wish === null || charge.wished_by === null || charge.wished_at === null)
    return { kind: mine ? 'mine' : 'theirs' };
  const [by, sinceMs] = [charge.wished_by, Date.parse(charge.wished_at)];
  if (charge.wish === 'offered')
    return mine ? { kind: 'offering', sinceMs } : { kind: 'offered', by, sinceMs };
  if (mine) return { kind: 'asked', by, sinceMs };
  return by === person ? { kind: 'asking', sinceMs } : { kind: 'wanted', by, sinceMs };
}

/** Of these incidents the one for which somebody waits longest for this person's word. */
export function waitingFor(room: RoomState, open: readonly Incident[], person: string): Incident | null {
  const since = (incident: Incident) => {
    const stage = stageOf(room, incident, person);
    return stage.kind === 'offered' || stage.kind === 'asked' ? stage.sinceMs : Number.POSITIVE_INFINITY;
  };
  const [first] = [...open].sort((a, b) => since(a) - since(b));
  return first !== undefined && Number.isFinite(since(first)) ? first : null;
}
