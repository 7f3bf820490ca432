import { beforeEach, describe, expect, it, vi } from 'vitest';

const { asked } = vi.hoisted(() => {
  const asked: string[] = [];
  globalThis.fetch = async (request) => {
    asked.push(new URL((request as Request).url).pathname);
    return Response.json({ id: 'inc_1' });
  };
  return { asked };
});
const { askNearest } = await import('./acts');
const form = await import('./form');

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
