import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let well = false;
let asked = 0;
let barred: string | null = null;
globalThis.fetch = async () => {
  asked += 1;
  if (!well) return new Response('<html>Bad gateway</html>', { status: 502 });
  if (barred === null) return Response.json([]);
  return Response.json([{ camera: 'cam_1', not_shareable: barred, distance_m: 40, fault: null }]);
};

const { Nearby, useNearby } = await import('./Nearby');
const form = await import('./form');

function Panel() {
  useNearby();
  return <Nearby running={new Set()} ask={new Set()} />;
}

describe('the cameras near a place that could not be had', () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    well = false;
    asked = 0;
    form.startAnew();
    form.nearbyOf.value = form.nearbyLost.value = '';
    form.choosePlace({ label: 'Capitole', lat: 43.6, lon: 1.44, precisionM: 20 });
    render(<Panel />);
  });
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });

  it('are said to be unknown, and come by themselves once they can be had', async () => {
    const alert = await screen.findByRole('alert');
    await vi.advanceTimersByTimeAsync(3_000);
    await vi.waitFor(() => expect(asked).toBe(2));
    expect(screen.getByRole('alert')).toBe(alert);
    well = true;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await screen.findByText(/0 caméra/)).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(3);
  });

  it('come at a press', async () => {
    await screen.findByRole('alert');
    well = true;
    fireEvent.click(screen.getByRole('button', { name: 'Réessayer' }));
    expect(await screen.findByText(/0 caméra/)).toBeTruthy();
    expect(asked).toBe(2);
  });

  it('are looked for anew while they are known: what was held back since is barred, and what was ticked stays', async () => {
    well = true;
    fireEvent.click(await screen.findByRole('button', { name: 'Réessayer' }));
    await screen.findByText(/0 caméra/);
    form.picked.value = new Set(['cam_1']);
    barred = 'city_pause';
    await vi.advanceTimersByTimeAsync(25_000);
    await vi.waitFor(() => expect(form.sightings.value).toMatchObject([{ not_shareable: 'city_pause' }]));
    expect(form.picked.value).toEqual(new Set(['cam_1']));
    well = false;
    const [before] = [asked];
    await vi.advanceTimersByTimeAsync(29_000);
    expect(asked).toBeGreaterThan(before + 1);
    expect(screen.queryByRole('alert'), 'a list that is known stays').toBeNull();
    barred = null;
  });

  it('are not looked for once another place is asked about, or none', async () => {
    await screen.findByRole('alert');
    form.startAnew();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(1);
  });
});
