import { beforeEach, describe, expect, it, vi } from 'vitest';

const { asked, keys, refusing } = vi.hoisted(() => {
  const asked: string[] = [];
  const keys: (string | null)[] = [];
  const refusing = { now: false, answersLost: false };
  globalThis.fetch = async (request) => {
    asked.push(new URL((request as Request).url).pathname);
    keys.push((request as Request).headers.get('Idempotency-Key'));
    if (refusing.answersLost) throw new TypeError('the line broke');
    if (refusing.now) return Response.json({ title: 'Non', detail: 'Retenue.' }, { status: 409 });
    if (asked.at(-1) === '/api/incidents')
      return Response.json({ id: 'inc_1', closed_at: null, crisis: null });
    const { incident, cameras } = await (request as Request).json();
    const at = new Date().toISOString();
    return Response.json({
      id: 'req_1',
      incident,
      cameras,
      state: 'requested',
      extends: null,
      created_at: at,
    });
  };
  return { asked, keys, refusing };
});
const { askNearest, sending } = await import('./acts');
const { tilesOf } = await import('./onwall');
const form = await import('./form');
const { room } = await import('../../state/store');
const { fromSnapshot } = await import('../../state/room');
const { quiet } = await import('../../state/room.sample');

const place = (label: string, lat: number) => ({ label, lat, lon: 1.45, precisionM: 20 });
/** What `useNearby` hears of the service. */
const found = () => {
  form.sightings.value = [{ camera: 'cam_1', not_shareable: null } as never];
  form.nearbyOf.value = form.nearby.value;
};
const lost = () => {
  form.nearbyLost.value = form.nearby.value;
};

describe('Enter before the cameras of a place are known', () => {
  beforeEach(() => {
    form.startAnew();
    form.nearbyOf.value = form.nearbyLost.value = '';
    asked.splice(0);
  });

  it('asks as soon as they are', async () => {
    form.choosePlace(place('A', 43.6));
    askNearest();
    expect(asked).toEqual([]);
    found();
    await vi.waitFor(() => expect(asked).toEqual(['/api/incidents', '/api/requests']));
  });

  it('asks nothing for another place, chosen since', async () => {
    form.choosePlace(place('A', 43.6));
    askNearest();
    form.choosePlace(place('B', 43.7));
    found();
    await Promise.resolve();
    expect(asked).toEqual([]);
  });

  it('asks nothing when they could not be had, looks for them on the next Enter, and then asks', async () => {
    form.choosePlace(place('A', 43.6));
    askNearest();
    lost();
    found(); // of a search by hand, much later
    await Promise.resolve();
    expect(asked).toEqual([]);
    form.nearbyOf.value = '';
    lost();
    const tries = form.nearbyTries.value;
    askNearest();
    expect(form.nearbyTries.value).toBe(tries + 1);
    found();
    await vi.waitFor(() => expect(asked).toContain('/api/requests'));
  });
});

describe('a second Enter', () => {
  beforeEach(() => {
    form.startAnew();
    asked.splice(0);
    room.value = fromSnapshot(quiet());
    form.choosePlace(place('A', 43.6));
    found();
  });

  it('before the feed told anything asks for nothing twice, and opens no second incident', async () => {
    askNearest();
    await vi.waitFor(() => expect(room.value?.requests.has('req_1')).toBe(true));
    expect(form.running(tilesOf(room.value, room.value?.incidents.get('inc_1') ?? null))).toContain('cam_1');
    askNearest();
    form.sightings.value = [{ camera: 'cam_2', not_shareable: null } as never];
    await vi.waitFor(() => expect(sending.value).toBe(false));
    askNearest();
    await vi.waitFor(() => expect(asked.filter((path) => path === '/api/requests')).toHaveLength(2));
    expect(asked.filter((path) => path === '/api/incidents')).toHaveLength(1);
  });

  it('whose answer was lost is the same act when it is tried again, and another one for a new incident', async () => {
    const tryAgain = async (much: number) => {
      askNearest();
      await vi.waitFor(() => expect(keys).toHaveLength(much));
      await vi.waitFor(() => expect(sending.value).toBe(false));
    };
    keys.splice(0);
    form.incidentId.value = null;
    refusing.answersLost = true;
    await tryAgain(1);
    await tryAgain(2);
    expect(keys[1]).toBe(keys[0]);
    form.startAnew();
    form.choosePlace(place('A', 43.6));
    found();
    await tryAgain(3);
    expect(keys[2]).not.toBe(keys[0]);
    refusing.answersLost = false;
  });

  it('after a refusal knows what is held back since: the cameras are looked for at once', async () => {
    const tries = form.nearbyTries.value;
    refusing.now = true;
    askNearest();
    await vi.waitFor(() => expect(form.nearbyTries.value).toBe(tries + 1));
    refusing.now = false;
    expect(form.nearbyKnown.value, 'the list stays meanwhile').toBe(true);
  });
});

describe('a new incident', () => {
  it('takes nothing of the last one for its own', () => {
    form.choosePlace(place('A', 43.6));
    form.massCasualty.value = form.exercise.value = true;
    form.nature.value = 'attack';
    form.intent.value = 'crowd_movement';
    form.caseRef.value = '31-1';
    form.picked.value = new Set(['cam_1']);
    form.startAnew();
    expect([form.massCasualty.value, form.exercise.value, form.caseRef.value]).toEqual([false, false, '']);
    expect([form.nature.value, form.intent.value]).toEqual(['road_accident', 'access_route']);
    expect([form.place.value, form.picked.value, form.incidentId.value]).toEqual([null, null, null]);
  });

  it('at another place forgets what was ticked near the last one', () => {
    form.picked.value = new Set(['cam_1']);
    form.choosePlace(place('B', 43.7));
    expect(form.picked.value).toBeNull();
  });
});
