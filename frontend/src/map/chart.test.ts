import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Chart } from './chart';
import type { MapCamera } from './contract';

/** What OpenLayers reads of an element's size, which happy-dom has not. */
const size = { width: 800, height: 600 };
let resized: () => void = () => undefined;
let chart: Chart;

const camera = (id: string, lat: number, lon: number) =>
  ({ id, number: 1, name: id, lat, lon, mark: 'live', badge: null, selected: false }) as unknown as MapCamera;
const WEST = camera('west', 43.6, 1.4);
const EAST = camera('east', 43.6, 1.5);

/** The panel becomes as wide. */
const becomes = (width: number) => {
  size.width = width;
  resized();
};
const inSight = () => chart.inSight([WEST, EAST]).map(({ id }) => id);

beforeEach(() => {
  size.width = 800;
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(told: () => void) {
        resized = told;
      }
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  const element = document.createElement('div');
  for (const [name, of] of [
    ['offsetWidth', 'width'],
    ['offsetHeight', 'height'],
  ] as const)
    Object.defineProperty(element, name, { get: () => size[of] });
  element.style.cssText = 'border: 0px solid; padding: 0px';
  document.body.append(element);
  chart = new Chart(element, { onClick() {}, onHover() {}, onBasemap() {} });
  chart.show({ cameras: [WEST, EAST], place: null, ringsM: [], quarters: [] }, 'all');
});
afterEach(() => {
  chart.close();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it('fits anew when its panel becomes smaller, again and again, and larger', () => {
  expect(inSight()).toEqual(['west', 'east']);
  becomes(200);
  expect(inSight()).toEqual(['west', 'east']);
  becomes(100);
  expect(inSight()).toEqual(['west', 'east']);
  becomes(800);
  expect(inSight()).toEqual(['west', 'east']);
});

it('is not taken from the hands of who moved it: its centre stays the centre', () => {
  chart.lookAt({ lat: 43.7, lon: 1.45 });
  const before = chart.centre();
  becomes(200);
  expect(chart.centre()).toEqual(before);
  chart.recentre();
  becomes(100);
  expect(inSight(), 'asked to look at all again, it is nobody’s').toEqual(['west', 'east']);
});

it('looks at a numbered camera that is held back as at any other that is used', () => {
  const held = { ...EAST, mark: 'barred' as const, badge: 2 };
  const free = { ...WEST, mark: 'idle' as const };
  vi.stubGlobal('matchMedia', () => ({ matches: true })); // at once
  chart.show({ cameras: [free, held], place: null, ringsM: [], quarters: [] }, 'cameras');
  expect(inSight()).toEqual(['east']);
});
