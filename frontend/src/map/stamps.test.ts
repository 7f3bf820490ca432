import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MapCamera } from './contract';
import { type Palette, readPalette } from './palette';
import { stamp } from './stamps';

const noop = new Proxy({}, { get: () => () => undefined, set: () => true });
let made: { width: number }[] = [];

class Blank {
  constructor(readonly width: number) {
    made.push(this);
  }
  getContext() {
    return noop;
  }
  transferToImageBitmap() {
    return { width: this.width, height: this.width };
  }
}

const CAMERA: MapCamera = {
  id: 'a',
  number: 1,
  name: 'a',
  lat: 0,
  lon: 0,
  azimuthDeg: 0,
  openingDeg: 90,
  reachM: 60,
  mark: 'idle',
  badge: null,
  selected: false,
};
const drawImage = vi.fn();
const canvas = { drawImage } as unknown as CanvasRenderingContext2D;
const put = (more: Partial<MapCamera>, palette: Palette, dense = 1) =>
  stamp(canvas, { ...CAMERA, ...more }, { x: 100.3, y: 50.6 }, palette, 1, dense);

beforeEach(() => {
  made = [];
  drawImage.mockClear();
  vi.stubGlobal('OffscreenCanvas', Blank);
});
afterEach(() => vi.unstubAllGlobals());

it('draws one picture for all cameras alike, and another for each theme, mark and density', () => {
  const [dark, light] = [readPalette(document.body), readPalette(document.body)];
  for (let n = 0; n < 50; n++) put({ id: `c${n}` }, dark);
  expect(made).toHaveLength(1);
  put({ mark: 'barred' }, dark);
  put({}, dark, 2);
  put({}, light);
  expect(made.map(({ width }) => width)).toEqual([18, 18, 36, 18]);
  expect(drawImage).toHaveBeenCalledTimes(53);
});

it('stamps on whole device pixels, around the place of the camera', () => {
  const palette = readPalette(document.body);
  put({}, palette);
  put({}, palette, 2);
  expect(drawImage.mock.calls.map(([, ...where]) => where)).toEqual([
    [91, 42, 18, 18],
    [91.5, 41.5, 18, 18],
  ]);
});

it('leaves what is numbered, asked for or selected to be drawn', () => {
  const palette = readPalette(document.body);
  expect(put({ badge: 3 }, palette)).toBe(false);
  expect(put({ mark: 'live' }, palette)).toBe(false);
  expect(put({ selected: true }, palette)).toBe(false);
  expect(drawImage).not.toHaveBeenCalled();
});

it('leaves all to be drawn where the browser cannot make pictures', () => {
  vi.stubGlobal('OffscreenCanvas', undefined);
  expect(put({}, readPalette(document.body))).toBe(false);
});
