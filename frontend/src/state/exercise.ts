/** Which exercises are under way, and what leaving them ends. Pure. */
import { type Incident, liveGrants, queue, type Request, type RoomState } from './room';

/**
 * Exercises under way, the newest first: one's own while they are open, another organisation's while something
 * of them waits or is seen. That one was closed is told to nobody else.
 */
export function exercises(room: RoomState, own: string): Incident[] {
  const busy = new Set([...queue(room), ...liveGrants(room)].map(({ incident }) => incident));
  return [...room.incidents.values()]
    .filter((incident) => incident.exercise && incident.closed_at === null)
    .filter((incident) => incident.organisation === own || busy.has(incident.id))
    .sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at));
}

/** How many pictures of these incidents are shown or may be, now. */
export const picturesOf = (room: RoomState, of: readonly Incident[]): number =>
  liveGrants(room)
    .filter((grant) => of.some(({ id }) => id === grant.incident))
    .reduce((sum, grant) => sum + grant.views.filter((view) => view.ended_at === null).length, 0);

/** Whether these requests are all of exercises: then the bell says so. */
export const onlyExercises = (requests: readonly Request[]): boolean =>
  requests.length > 0 && requests.every((request) => request.exercise);
