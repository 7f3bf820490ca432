import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let well = false;
let asked = 0;
globalThis.fetch = async () => {
  asked += 1;
  if (!well) return new Response('<html>Bad gateway</html>', { status: 502 });
  return Response.json([]);
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

  it('are not looked for once another place is asked about, or none', async () => {
    await screen.findByRole('alert');
    form.startAnew();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(1);
  });
});
