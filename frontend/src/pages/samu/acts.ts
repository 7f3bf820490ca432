/** What the regulator does to the world. Every act says its failure where it was tried. */
import { effect, signal, untracked } from '@preact/signals';
import { api, body, type Schemas } from '../../api/client';
import { attempt, attemptAll, failure } from '../../app/Failure';
import { answered, type Grant, type Incident, type Request } from '../../state/room';
import { room } from '../../state/store';
import { EXPIRING_MS, type Tile } from '../../state/tiles';
import { now } from '../../state/time';
import { minutes, t } from '../../words';
import * as form from './form';
import { known, tilesOf } from './onwall';
import type { ChosenPlace } from './place';

/** True while a request is on its way: a second Enter must not ask twice. */
export const sending = signal(false);

/** Ask for cameras; opens the incident first when there is none. */
export async function ask(incident: Incident | null, cameras: string[], at = 'ask'): Promise<void> {
  const place = form.place.value;
  if (sending.value || cameras.length === 0 || (incident === null && place === null)) return;
  sending.value = true;
  const done = await attempt(async () => {
    const id = incident?.id ?? (place && (await openIncident(place)));
    if (id === null) return;
    form.incidentId.value = id;
    await send(id, cameras, form.durationMin.value * 60, form.intent.value);
    form.picked.value = null;
    form.caseRef.value = '';
  }, at);
  sending.value = false;
  if (!done) form.seekAgain(); // a camera may have been held back since they were looked for
}

/**
 * Enter was pressed before the cameras near the place were known: it is remembered, not lost, for that place and no other.
 * Empty: it was not.
 */
const waiting = signal('');

/** Ask for the cameras chosen, as soon as those near the place are known. */
export function askNearest(): void {
  if (form.place.value === null) return;
  if (!form.nearbyKnown.value) {
    if (form.nearbyLost.value === form.nearby.value) form.seekAgain();
    waiting.value = form.nearby.value;
    return;
  }
  waiting.value = '';
  const incident = known(room.value, form.incidentId.value);
  const running = form.running(tilesOf(room.value, incident));
  void ask(incident, form.chosen(form.sightings.value, running));
}
effect(() => {
  if (waiting.value === '') return;
  const off = waiting.value !== form.nearby.value || waiting.value === form.nearbyLost.value;
  if (off) waiting.value = '';
  else if (form.nearbyKnown.value) untracked(askNearest);
});

/** Known from the answer, not once the feed tells it: the next key is about what was just opened and asked. */
function told(answer: Parameters<typeof answered>[1]): void {
  if (room.value !== null) room.value = answered(room.value, answer);
}

const tried = new Map<string, string>();

/** The same thing tried again after a lost answer is done once. */
async function once<W, A>(
  what: W,
  post: (body: W, headers: { 'Idempotency-Key': string }) => Promise<A>,
): Promise<A> {
  const words = JSON.stringify([form.begun.value, what]);
  const key = tried.get(words) ?? crypto.randomUUID();
  tried.set(words, key);
  const answer = await post(what, { 'Idempotency-Key': key });
  tried.delete(words);
  return answer;
}

async function openIncident(place: ChosenPlace): Promise<string> {
  const what: Schemas['NewIncident'] = {
    nature: form.nature.value,
    mass_casualty: form.massCasualty.value,
    lat: place.lat,
    lon: place.lon,
    place_label: place.label.slice(0, 120),
    case_ref: form.caseRef.value.trim() || null,
    precision_m: place.precisionM,
    exercise: form.exercise.value,
  };
  const opened = await once(what, (content, headers) =>
    body(api.POST('/api/incidents', { body: content, headers })),
  );
  told({ incident: opened });
  return opened.id;
}

async function send(
  incident: string,
  cameras: string[],
  duration_s: number,
  intent: form.Intent,
  extend: string | null = null,
): Promise<void> {
  const what: Schemas['NewRequest'] = {
    incident,
    cameras,
    duration_s,
    intent,
    purpose: 'rescue',
    extends: extend,
  };
  const request = await once(what, (content, headers) =>
    body(api.POST('/api/requests', { body: content, headers })),
  );
  told({ request });
}

/** Ask for more time on a grant, for the reason it was first asked for. */
export const prolong = (grant: Grant): Promise<boolean> =>
  attempt(() => {
    const first: Request | undefined = room.value?.requests.get(grant.request);
    const running = grant.views.filter((view) => view.ended_at === null).map((view) => view.camera);
    const seconds = form.durationMin.value * 60;
    return send(grant.incident, running, seconds, first?.intent ?? form.intent.value, grant.id);
  }, 'wall');

/** One key before the end: more time for every grant that is about to run out. Before that, the key says so. */
export function prolongExpiring(shown: readonly Tile[]): void {
  const running = shown.filter((tile) => tile.kind === 'live');
  if (running.length > 0 && running.every((tile) => tile.endsAt - now.value >= EXPIRING_MS))
    failure.value = { at: 'wall', words: t('prolongEarly', { left: minutes(EXPIRING_MS) }) };
  const done = new Set<string>();
  for (const tile of shown) {
    if (tile.kind !== 'live' || done.has(tile.grant.id)) continue;
    if (tile.endsAt - now.value >= EXPIRING_MS || tile.extension?.state === 'requested') continue;
    done.add(tile.grant.id);
    void prolong(tile.grant);
  }
}

export const withdraw = (request: string): Promise<boolean> =>
  attempt(
    () => body(api.POST('/api/requests/{request}/withdraw', { params: { path: { request } } })),
    'wall',
  );

/** Give back these pictures of a grant. */
export const release = (grant: string, cameras: string[]): Promise<boolean> =>
  attempt(() => released(grant, cameras), 'wall');

/** These pictures of a grant; null: all of it. */
const released = (grant: string, cameras: string[] | null) =>
  body(api.POST('/api/grants/{grant}/release', { params: { path: { grant } }, body: { cameras } }));

/** Give back every picture shown. */
export function releaseAll(shown: readonly Tile[]): Promise<boolean> {
  const held = (tile: Tile) => (tile.kind === 'live' || tile.kind === 'suspended' ? [tile.grant.id] : []);
  const grants = [...new Set(shown.flatMap(held))];
  return attemptAll(
    grants.map((grant) => () => released(grant, null)),
    'ask',
  );
}

/** Put the incident into the crisis of another; null: take it out of its crisis. */
export const group = (incident: string, first: string | null): Promise<boolean> =>
  attempt(
    () =>
      body(api.POST('/api/incidents/{incident}/group', { params: { path: { incident } }, body: { first } })),
    'ask',
  );

/** Pass the incident on, ask for it, take that back, or take it over; `holder`: who held it on this page. */
export const handOver = (incident: string, act: Schemas['Act'], holder: string): Promise<boolean> =>
  attempt(
    () =>
      body(
        api.POST('/api/incidents/{incident}/handover', {
          params: { path: { incident } },
          body: { act, holder },
        }),
      ),
    'handover',
  );

export const closeIncident = (incident: string): Promise<boolean> =>
  attempt(() => body(api.POST('/api/incidents/{incident}/close', { params: { path: { incident } } })), 'ask');
