import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MapCamera } from './contract';
import type { Sight } from './ground';
import { type Palette, readPalette } from './palette';
import { drawQuiet } from './quiet';

const [WIDTH, HEIGHT] = [200, 100];
/** A tenth of each side, and a mark. */
const [SPARE_X, SPARE_Y] = [20 + 18, 10 + 18];
const [RED, HALF_BLUE] = [
  [255, 0, 0, 255],
  [0, 0, 255, 128],
];

/** How often a mark was drawn to be copied, and the picture of the map that was put last. */
let drawn = 0;
let put: ImageData | null = null;
let puts = 0;

/** A context that draws nothing, and whose every mark is one opaque pixel at its centre and a faint one right of it. */
const context = (canvas: HTMLCanvasElement) =>
  new Proxy(
    {
      canvas,
      createImageData: (width: number, height: number) => ({
        width,
        height,
        data: new Uint8ClampedArray(4 * width * height),
      }),
      getImageData: (_x: number, _y: number, side: number) => {
        drawn += 1;
        const data = new Uint8ClampedArray(4 * side * side);
        data.set([...(RED as number[]), ...(HALF_BLUE as number[])], 4 * ((side / 2) * side + side / 2));
        return { data };
      },
      putImageData: (picture: ImageData) => {
        put = picture;
        puts += 1;
      },
    } as Record<string, unknown>,
    { get: (has, name: string) => has[name] ?? (() => undefined), set: () => true },
  );

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
  word: null,
  reason: null,
  badge: null,
  selected: false,
};
const drawImage = vi.fn();
const target = (dense = 1) =>
  ({
    canvas: { width: WIDTH * dense, height: HEIGHT * dense },
    getTransform: () => ({ a: dense }),
    save: () => undefined,
    restore: () => undefined,
    setTransform: () => undefined,
    drawImage,
  }) as unknown as CanvasRenderingContext2D;
/** A degree is 1000 pixels; (x, y) of the map is where latitude and longitude 0 are. */
const sight = (x = 0, y = 0, metresPerPx = 1, pxPerDegree = 1000): Sight => ({
  toPx: (lat, lon) => [x + lon * pxPerDegree, y - lat * pxPerDegree],
  bounds: { south: 0, west: 0, north: 0, east: 0 },
  width: WIDTH,
  height: HEIGHT,
  metresPerPx,
});
const standing = (x: number, y: number, more: Partial<MapCamera> = {}) => ({
  ...CAMERA,
  lat: -y / 1000,
  lon: x / 1000,
  ...more,
});
/** Of the picture, where the map has (x, y) unless it was moved. */
const pixel = (x: number, y: number) => {
  const at = 4 * ((y + SPARE_Y) * (WIDTH + 2 * SPARE_X) + x + SPARE_X);
  return [...(put?.data.slice(at, at + 4) ?? [])];
};

let palette: Palette;
beforeEach(() => {
  drawn = 0;
  put = null;
  puts = 0;
  drawImage.mockClear();
  palette = readPalette(document.body);
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(function (this: HTMLCanvasElement) {
    return context(this) as never;
  });
});
afterEach(() => vi.restoreAllMocks());

it('draws each kind of mark once, and the map in one step', () => {
  const many = Array.from({ length: 50 }, (_, n) => standing(n * 3, n, { id: `c${n}` }));
  expect(drawQuiet(target(), [...many, standing(1, 1, { mark: 'barred' })], sight(), palette)).toBe(true);
  expect([drawn, drawImage.mock.calls.length]).toEqual([2, 1]);
});

it('puts each on whole device pixels, around the place of its camera', () => {
  drawQuiet(target(), [standing(100.3, 50.6)], sight(), palette);
  expect([pixel(100, 51), pixel(101, 51), pixel(99, 51)]).toEqual([RED, HALF_BLUE, [0, 0, 0, 0]]);
});

it('has four device pixels for one where the screen is twice as dense', () => {
  drawQuiet(target(2), [standing(20.3, 10.1)], sight(), palette);
  expect(put?.width).toBe(2 * (WIDTH + 2 * SPARE_X));
  const at = put?.data.findIndex((value) => value > 0) ?? 0;
  expect((at / 4) % (put?.width ?? 1)).toBe(2 * SPARE_X + 41);
});

it('lets what is under a faint edge shine through', () => {
  drawQuiet(target(), [standing(11, 5), standing(10, 5)], sight(), palette);
  expect(pixel(11, 5)).toEqual([127, 0, 128, 255]);
});

it('is moved with the map, not made anew, as far as it reaches beyond it', () => {
  const canvas = target();
  const cameras = [standing(10, 10), standing(-15, 10)];
  drawQuiet(canvas, cameras, sight(), palette);
  drawQuiet(canvas, cameras, sight(19.7, -9.8), palette);
  expect(puts).toBe(1);
  expect(pixel(-15, 10)).toEqual(RED); // in sight now
  expect(drawImage.mock.calls.map(([, ...at]) => at)).toEqual([
    [-SPARE_X, -SPARE_Y],
    [20 - SPARE_X, -10 - SPARE_Y],
  ]);
  drawQuiet(canvas, cameras, sight(21, 0), palette);
  expect(puts).toBe(2);
  expect(pixel(31, 10)).toEqual(RED);
});

it('is made anew, from nothing, where anything else changes', () => {
  const canvas = target();
  const cameras = [standing(10, 10)];
  drawQuiet(canvas, cameras, sight(), palette);
  drawQuiet(canvas, cameras, sight(0, 0, 5), palette); // smaller marks
  drawQuiet(canvas, cameras, sight(0, 0, 5, 2000), palette);
  expect([pixel(10, 10), pixel(20, 20)]).toEqual([[0, 0, 0, 0], RED]);
  drawQuiet(canvas, cameras, sight(0, 0, 5, 2000), readPalette(document.body));
  drawQuiet(canvas, [...cameras], sight(0, 0, 5, 2000), palette);
  expect(puts).toBe(5);
});

it('of one map is not that of another', () => {
  const cameras = [standing(10, 10)];
  const [one, other] = [target(), target()];
  drawQuiet(one, cameras, sight(), palette);
  drawQuiet(other, cameras, sight(), palette);
  drawQuiet(one, cameras, sight(), palette);
  expect(puts).toBe(2);
});

it('says where the browser gives no canvas', () => {
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  expect(drawQuiet(target(), [standing(1, 1)], sight(), palette)).toBe(false);
});
