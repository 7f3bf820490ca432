import { act, cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import CityMap from './CityMap';
import type { Heard } from './chart';
import type { CityMapProps, MapCamera } from './contract';
import { FRENCH } from './words';

const chart = vi.hoisted(() => ({
  heard: null as Heard | null,
  closed: 0,
  recentred: 0,
  looked: [] as string[],
}));

// OpenLayers needs a real canvas; what the page hears needs none.
vi.mock('./chart', () => ({
  Chart: class {
    constructor(_: HTMLElement, heard: Heard) {
      chart.heard = heard;
    }
    show() {}
    recentre() {
      chart.recentred += 1;
    }
    centre() {
      return { lat: 43.6, lon: 1.44 };
    }
    inSight(cameras: MapCamera[]) {
      return cameras.filter(({ lat }) => lat < 44);
    }
    lookAt(camera: MapCamera) {
      chart.looked.push(camera.id);
      return { x: 10, y: 200 };
    }
    close() {
      chart.closed += 1;
    }
  },
}));

const CAMERA: MapCamera = {
  id: 'c1',
  number: 12,
  name: 'Bonrepos',
  lat: 43.6,
  lon: 1.45,
  azimuthDeg: 0,
  openingDeg: 60,
  reachM: 50,
  mark: 'live',
  word: null,
  reason: null,
  badge: null,
  selected: false,
};
const PROPS: CityMapProps = {
  cameras: [CAMERA],
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
  chart.looked = [];
});
afterEach(cleanup);

it('a click on a camera that may be asked for ticks it', () => {
  const onTick = vi.fn();
  render(<CityMap {...PROPS} cameras={[{ ...CAMERA, ticked: false }]} onTick={onTick} />);
  act(() => heard().onClick('c1', 43.6, 1.45));
  expect(onTick).toHaveBeenCalledExactlyOnceWith('c1');
});

it('where a place is chosen, a click on a camera chooses the place under it', () => {
  const [onPick, onTick] = [vi.fn(), vi.fn()];
  render(<CityMap {...PROPS} onPick={onPick} onTick={onTick} />);
  heard().onClick('c1', 43.6, 1.45);
  expect(onPick).toHaveBeenCalledExactlyOnceWith(43.6, 1.45);
  expect(onTick).not.toHaveBeenCalled();
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
    ...FRENCH,
    zoomIn: 'in',
    zoomOut: 'out',
    recentre: 'home',
    legend: 'key',
    list: 'list',
    marks: { live: 'Seen' },
  };
  render(<CityMap {...PROPS} words={words} />);
  expect(screen.getByRole('list', { name: 'key' }).textContent?.trim()).toBe('Seen');
  expect(screen.getAllByRole('button').map((b) => b.getAttribute('aria-label'))).toEqual([
    'in',
    'out',
    'home',
    'list',
  ]);
});

it('closes its chart when it leaves the page', () => {
  render(<CityMap {...PROPS} />).unmount();
  expect(chart.closed).toBe(1);
});

const CITY = [
  { ...CAMERA, id: 'far', name: 'Far', lat: 43.7 },
  { ...CAMERA, id: 'near', number: 3, name: 'Near', lat: 43.601, ticked: false },
  { ...CAMERA, id: 'barred', name: 'Barred', mark: 'barred' as const, reason: 'sans masque' },
  { ...CAMERA, id: 'away', name: 'Away', lat: 45 },
];
const press = (...keys: string[]) => {
  for (const key of keys) fireEvent.keyDown(screen.getByRole('application'), { key });
};
const said = () => screen.getAllByRole('status').map((one) => one.textContent)[0];

it('is stepped through by keys, from near to far, and says each camera and its state', () => {
  render(<CityMap {...PROPS} cameras={CITY} />);
  press('PageDown');
  expect(said()).toBe('12 · Barred · Non partageable · sans masque · 1 sur 3 en vue');
  press('PageDown', 'PageDown');
  expect(said()).toBe('12 · Far · En direct · 3 sur 3 en vue');
  press('PageDown', 'PageUp');
  expect(chart.looked).toEqual(['barred', 'near', 'far', 'barred', 'far']);
  press('Escape');
  expect(document.querySelector('.city-map-name')).toBeNull();
});

it('puts the place at the cross, or at the camera one stepped to', () => {
  const onPick = vi.fn();
  render(<CityMap {...PROPS} cameras={CITY} onPick={onPick} />);
  press('Enter');
  press('PageDown', 'PageDown', 'Enter');
  expect(onPick.mock.calls).toEqual([
    [43.6, 1.44],
    [43.601, 1.45],
  ]);
});

it('ticks by the space bar, and says where it cannot', () => {
  const onTick = vi.fn();
  render(<CityMap {...PROPS} cameras={CITY} onTick={onTick} />);
  press('PageDown', ' ');
  expect(said()).toBe('Cette caméra ne peut pas être choisie ici');
  press('PageDown', ' ');
  expect(onTick).toHaveBeenCalledExactlyOnceWith('near');
  expect(said()).toBe('3 · Near · à demander');
});

it('leaves the browser and the page the keys that are not its own', () => {
  render(<CityMap {...PROPS} cameras={CITY} />);
  for (const key of ['Tab', 'n', 'Enter', ' ', 'ArrowLeft'])
    expect(fireEvent.keyDown(screen.getByRole('application'), { key }), key).toBe(true);
});

it('is a list too, with every camera, its state and the reason it is held back', () => {
  const onTick = vi.fn();
  render(<CityMap {...PROPS} cameras={CITY} onTick={onTick} />);
  fireEvent.click(screen.getByRole('button', { name: 'Liste des caméras' }));
  const list = screen.getByRole('region', { name: 'Liste des caméras' });
  expect(list.querySelectorAll('li')).toHaveLength(4);
  expect(list.textContent).toContain('Non partageable · sans masque');
  fireEvent.click(screen.getByRole('checkbox', { name: 'Demander 3 Near' }));
  expect(onTick).toHaveBeenCalledExactlyOnceWith('near');
  fireEvent.input(screen.getByRole('textbox'), { target: { value: 'awa' } });
  fireEvent.click(screen.getByRole('button', { name: /Away/ }));
  expect(chart.looked).toEqual(['away']);
  expect(said()).toBe('12 · Away · En direct');
  expect(document.activeElement).toBe(screen.getByRole('application'));
  fireEvent.click(screen.getByRole('button', { name: 'Liste des caméras' }));
  fireEvent.keyDown(screen.getByRole('textbox'), { key: 'Escape' });
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Liste des caméras' }));
});
