/** What the wall shows: which incident, the tiles of its group, how each looks, and the alarm of those that stopped. */
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { setRinging } from '../../app/sound';
import { gaps } from '../../state/gaps';
import { holderOf } from '../../state/handover';
import { keep, kept } from '../../state/kept';
import { playerKey, players } from '../../state/players';
import type { Incident, RoomState } from '../../state/room';
import { me } from '../../state/store';
import { type Tile, tiles } from '../../state/tiles';
import { now, second } from '../../state/time';
import { t } from '../../words';
import * as form from './form';
import { type Look, look } from './look';
import { here, useShortcuts } from './shortcuts';
import { type Unseen, unseen } from './unseen';

const KEPT = 'incident';
const playerOf = (tile: Tile) =>
  tile.kind === 'live' ? (players.value.get(playerKey(tile.grant.id, tile.camera)) ?? null) : null;

/** The incident that is open in this browser's SAMU room: a second screen follows it. */
export const followed = signal<string | null>(kept(KEPT));
window.addEventListener('storage', ({ key, newValue }) => {
  if (key === KEPT) followed.value = newValue;
});

/** Tell the other screens of this browser which incident is worked on. */
export function useLeading(): void {
  useEffect(
    () =>
      effect(() => {
        if (form.incidentId.value !== null) keep(KEPT, form.incidentId.value);
      }),
    [],
  );
}

/** Open incidents of this person's organisation, newest first. */
export const openIncidents = (state: RoomState | null): Incident[] =>
  [...(state?.incidents.values() ?? [])]
    .filter((i) => i.closed_at === null && i.organisation === me.value?.organisation.id)
    .sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at));

export const known = (state: RoomState | null, id: string | null): Incident | null => {
  const incident = (id && state?.incidents.get(id)) || null;
  return incident?.closed_at === null ? incident : null;
};

/** The incident and those linked with it. */
export function inGroup(state: RoomState | null, incident: Incident): Incident[] {
  if (incident.crisis === null) return [incident];
  return openIncidents(state)
    .filter((other) => other.crisis === incident.crisis)
    .reverse();
}

/** The tiles of the incident and those linked with it. */
export function tilesOf(state: RoomState | null, incident: Incident | null): Tile[] {
  if (state === null || incident === null) return [];
  const group = new Set(inGroup(state, incident).map(({ id }) => id));
  return tiles(state, group, second.value, me.value?.person.id ?? null);
}

/** The pictures that ring, and how to make them stop: until another fails, or one of them anew. */
export interface WallAlarm {
  ringing: readonly Unseen[];
  acknowledge(): void;
}

const HEARD = 'heard';
/** When each picture (a camera of a grant) was acknowledged last, in any window of this browser; what rang before this one opened rings. */
const heard = signal<ReadonlyMap<string, number>>(new Map());
const isHeard = ({ key, failsMs }: Unseen) => (failsMs ?? 0) <= (heard.value.get(key) ?? -1);
function hear(said: string): void {
  const [at, ...keys] = said.split(' ');
  heard.value = new Map([...heard.value, ...keys.map((key) => [key, Number(at)] as const)]);
}
window.addEventListener('storage', ({ key, newValue }) => {
  if (key === HEARD && newValue !== null) hear(newValue);
});

export function useAlarm(shown: readonly Tile[]): WallAlarm {
  const failing = unseen(shown, players.value, gaps.value, second.value);
  const ringing = failing.filter((one) => !isHeard(one));
  const acknowledge = () => {
    const said = [now.value, ...failing.map(({ key }) => key)].join(' ');
    keep(HEARD, said);
    hear(said);
  };
  const rings = ringing.length > 0;
  useEffect(() => {
    setRinging('frozen', rings, t('unseenRing'));
    return () => setRinging('frozen', false);
  }, [rings]);
  useShortcuts((event) => {
    if (event.key !== ' ' || !rings || !here(event)) return false;
    acknowledge();
    return true;
  });
  return { ringing, acknowledge };
}

/** The tiles of the incident and those linked with it, with the look of each; rings while one does not come. */
export function useWall(
  state: RoomState | null,
  incident: Incident | null,
): { shown: Tile[]; looks: Look[]; alarm: WallAlarm } {
  const shown = tilesOf(state, incident);
  const looks = shown.map((tile) => look(tile, playerOf(tile), second.value));
  return { shown, looks, alarm: useAlarm(shown) };
}

/** A reloaded page goes on where it was: live pictures must not be lost from view. */
export function useResumed(state: RoomState | null): void {
  const done = useRef(false);
  useEffect(() => {
    if (state === null || done.current) return;
    done.current = true;
    const own = openIncidents(state).filter((i) => holderOf(state, i) === me.value?.person.id);
    form.incidentId.value ??= own[0]?.id ?? null;
  }, [state]);
}
