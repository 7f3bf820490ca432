/** What the regulator is about to ask, before it is sent. Sending lives in `acts.ts`. */
import { computed, signal } from '@preact/signals';
import type { Schemas } from '../../api/client';
import type { Incident } from '../../state/room';
import type { Tile } from '../../state/tiles';
import type { ChosenPlace } from './place';

export type Intent = Schemas['NewRequest']['intent'];
export type Nature = Schemas['NewIncident']['nature'];
export type Sighting = Schemas['SightingView'];

export const INTENTS: readonly Intent[] = [
  'access_route',
  'victim_estimate',
  'danger_zone',
  'crowd_movement',
  'pma_site',
  'unit_location',
];
export const NATURES: readonly Nature[] = [
  'building_collapse',
  'road_accident',
  'fire',
  'explosion',
  'crowd_crush',
  'attack',
  'chemical',
  'cardiac_arrest',
  'other',
];

/** What the regulator is about to ask. */
export const place = signal<ChosenPlace | null>(null);
export const nature = signal<Nature>('road_accident');
export const massCasualty = signal(false);
/** Whether the new incident, or the one worked on, is an exercise. */
export const exercise = signal(false);
export const wanted = signal(4);
export const radiusM = signal(300);
export const durationMin = signal(15);
export const intent = signal<Intent>('access_route');
export const sightings = signal<Sighting[]>([]);
export const picked = signal<ReadonlySet<string> | null>(null); // null: the nearest `wanted`
export const incidentId = signal<string | null>(null);
/** The number of the case in the hospital's own system. */
export const caseRef = signal('');
/** How often a new incident was begun: each begins with an empty field. */
export const begun = signal(0);
/** Of which place and radius `sightings` are; `nearby` says which are wanted. */
export const nearbyOf = signal('');
export const nearby = computed(() => {
  const at = place.value;
  return at === null ? '' : `${at.lat} ${at.lon} ${at.precisionM} ${radiusM.value} ${exercise.value}`;
});
export const nearbyKnown = computed(() => place.value !== null && nearbyOf.value === nearby.value);
/** For which place and radius they could not be had. */
export const nearbyLost = signal('');
/** They are being looked for. */
export const nearbyAwaited = computed(
  () => place.value !== null && !nearbyKnown.value && nearbyLost.value !== nearby.value,
);
export const nearbyTries = signal(0);
/** Look for them once more. */
export function seekAgain(): void {
  nearbyLost.value = '';
  nearbyTries.value += 1;
}
/** The camera whose tile has the focus: the map shows which it is. */
export const looked = signal<string | null>(null);

/** Another place: what was ticked was near the last one. */
export function choosePlace(chosen: ChosenPlace): void {
  place.value = chosen;
  picked.value = null;
}

/** Describe a new incident: nothing of the last one's is taken for its own, and it is in earnest. */
export function startAnew(): void {
  incidentId.value = null;
  place.value = null;
  picked.value = null;
  exercise.value = false;
  nature.value = 'road_accident';
  massCasualty.value = false;
  intent.value = 'access_route';
  caseRef.value = '';
  begun.value += 1;
}

/** Work on this incident from now on. */
export function workOn(incident: Incident): void {
  incidentId.value = incident.id;
  exercise.value = incident.exercise;
  picked.value = null;
  place.value = {
    label: incident.place_label,
    lat: incident.lat,
    lon: incident.lon,
    precisionM: incident.precision_m,
  };
}

const RUNS: ReadonlySet<Tile['kind']> = new Set(['live', 'suspended', 'waiting', 'handed']);
/** Cameras that need no asking: they wait for the city, or run, if only for whoever holds the incident now. */
export const running = (tiles: readonly Tile[]): ReadonlySet<string> =>
  new Set(tiles.filter((tile) => RUNS.has(tile.kind)).map((tile) => tile.camera));

/** The cameras to ask for: those picked by hand, else the best `wanted` that may be shared and are not running. */
export function chosen(all: readonly Sighting[], running: ReadonlySet<string>): string[] {
  const possible = all.filter((s) => s.not_shareable === null && !running.has(s.camera));
  const hand = picked.value;
  if (hand !== null) return possible.filter((s) => hand.has(s.camera)).map((s) => s.camera);
  return possible.slice(0, wanted.value).map((s) => s.camera);
}

export function stepped(value: number, by: number, steps: readonly number[]): number {
  const at = steps.findIndex((step) => step >= value);
  const next = Math.min(steps.length - 1, Math.max(0, (at < 0 ? steps.length - 1 : at) + by));
  return steps[next] ?? value;
}
