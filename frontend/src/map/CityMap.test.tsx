import { act, cleanup, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import CityMap from './CityMap';
import type { Heard } from './chart';
import type { CityMapProps } from './contract';

const chart = vi.hoisted(() => ({ heard: null as Heard | null, closed: 0 }));

// OpenLayers needs a real canvas; what the page hears needs none.
vi.mock('./chart', () => ({
  Chart: class {
    constructor(_: HTMLElement, heard: Heard) {
      chart.heard = heard;
    }
    show() {}
    close() {
      chart.closed += 1;
    }
  },
}));

const PROPS: CityMapProps = {
  cameras: [
    {
      id: 'c1',
      number: 12,
      name: 'Bonrepos',
      lat: 43.6,
      lon: 1.45,
      azimuthDeg: 0,
      openingDeg: 60,
      reachM: 50,
      mark: 'live',
      badge: null,
      selected: false,
    },
  ],
  place: null,
  ringsM: [],
  quarters: [],
  label: 'Carte',
  fit: 'all',
};
const heard = (): Heard => {
  if (chart.heard === null) throw new Error('no chart was made');
  return chart.heard;
};

beforeEach(() => {
  chart.heard = null;
  chart.closed = 0;
});
afterEach(cleanup);

it('a click on a camera chooses it, and no place', () => {
  const [onCamera, onPick] = [vi.fn(), vi.fn()];
  render(<CityMap {...PROPS} onCamera={onCamera} onPick={onPick} />);
  heard().onClick('c1', 43.6, 1.45);
  expect(onCamera).toHaveBeenCalledExactlyOnceWith('c1');
  expect(onPick).not.toHaveBeenCalled();
});

it('where cameras choose nothing, a click on one chooses the place under it', () => {
  const onPick = vi.fn();
  render(<CityMap {...PROPS} onPick={onPick} />);
  heard().onClick('c1', 43.6, 1.45);
  expect(onPick).toHaveBeenCalledExactlyOnceWith(43.6, 1.45);
});

it('hears through the latest props: the page may start and stop choosing a place', () => {
  const [before, after] = [vi.fn(), vi.fn()];
  const { rerender } = render(<CityMap {...PROPS} onPick={before} />);
  rerender(<CityMap {...PROPS} onPick={after} />);
  heard().onClick(null, 43.6, 1.45);
  rerender(<CityMap {...PROPS} />);
  heard().onClick(null, 43.6, 1.45);
  expect(before).not.toHaveBeenCalled();
  expect(after).toHaveBeenCalledOnce();
});

it('names the camera under the pointer, below it where there is no room above', () => {
  render(<CityMap {...PROPS} />);
  act(() => heard().onHover('c1', 100, 300));
  expect(screen.getByText('12 · Bonrepos').classList.contains('below')).toBe(false);
  act(() => heard().onHover('c1', 100, 20));
  expect(screen.getByText('12 · Bonrepos').classList.contains('below')).toBe(true);
  act(() => heard().onHover(null, 0, 0));
  expect(screen.queryByText('12 · Bonrepos')).toBeNull();
});

it('tells in the legend only the marks the page has words for, in its words', () => {
  const words = {
    zoomIn: 'in',
    zoomOut: 'out',
    recentre: 'home',
    legend: 'key',
    noBasemap: 'none',
    marks: { live: 'Seen' },
  };
  render(<CityMap {...PROPS} words={words} />);
  expect(screen.getByRole('list', { name: 'key' }).textContent?.trim()).toBe('Seen');
  expect(screen.getAllByRole('button').map((b) => b.getAttribute('aria-label'))).toEqual([
    'in',
    'out',
    'home',
  ]);
});

it('closes its chart when it leaves the page', () => {
  render(<CityMap {...PROPS} />).unmount();
  expect(chart.closed).toBe(1);
});
