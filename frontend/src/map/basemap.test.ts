import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { extentOf, type Health, leastZoom, type Told, Underlay } from './basemap';
import type { Basemap } from './contract';
import { readPalette } from './palette';
import { filterOf } from './rastersheet';
import { styleIn } from './vectorstyle';

const sheet = vi.hoisted(() => ({ told: null as Told | null, again: 0, opacity: 1 }));
vi.mock('./rastersheet', async (original) => ({
  ...(await original<typeof import('./rastersheet')>()),
  rasterSheet: (_: unknown, __: unknown, told: Told) => {
    sheet.told = told;
    return {
      layer: { setOpacity: (opacity: number) => (sheet.opacity = opacity) },
      restyle: () => undefined,
      again: () => (sheet.again += 1),
    };
  },
}));

const BASEMAP: Basemap = {
  kind: 'raster_tiles',
  attribution: '© IGN',
  zoomMin: 10,
  zoomMax: 18,
  bounds: [1.3, 43.5, 1.6, 43.7],
  photo: false,
};
const healths: Health[] = [];
const opened = () => Underlay.open(BASEMAP, readPalette(document.body), (health) => healths.push(health));
const told = (good: boolean) => sheet.told?.(good);

beforeEach(() => {
  vi.useFakeTimers();
  healths.length = 0;
  sheet.again = 0;
});
afterEach(() => vi.useRealTimers());

it('covers the ground from its first tile on, and no further out than it has tiles for', async () => {
  const underlay = await opened();
  expect(underlay.shows(13)).toBe(false);
  told(true);
  expect([underlay.shows(13), underlay.shows(leastZoom(BASEMAP))]).toEqual([true, false]);
});

it('a tile may be lost; three in a row are a source that does not answer', async () => {
  const underlay = await opened();
  for (const good of [true, false, false, true, false, false]) told(good);
  expect(healths).toEqual(['there']);
  told(false);
  expect(healths).toEqual(['there', 'gone']);
  expect([underlay.shows(13), sheet.opacity]).toEqual([false, 0]);
  underlay.close();
});

it('asks again after a while, and is there again when one tile comes', async () => {
  const underlay = await opened();
  for (let n = 0; n < 9; n++) told(false);
  vi.advanceTimersByTime(29_000);
  expect(sheet.again).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(sheet.again).toBe(1);
  told(false);
  vi.advanceTimersByTime(30_000);
  expect(sheet.again).toBe(2);
  told(true);
  expect([healths, sheet.opacity]).toEqual([['gone', 'there'], 1]);
  underlay.close();
});

it('asks no more when it is closed', async () => {
  const underlay = await opened();
  for (let n = 0; n < 3; n++) told(false);
  underlay.close();
  vi.advanceTimersByTime(60_000);
  expect(sheet.again).toBe(0);
});

it('lies where its bounds are, or everywhere', () => {
  expect(extentOf({ ...BASEMAP, bounds: null })).toBeUndefined();
  expect(extentOf(BASEMAP)?.map(Math.round)).toEqual([144715, 5388389, 178111, 5419133]);
});

it('turns a drawn map dark, and dims a photograph', () => {
  expect(filterOf({ photo: false }, { dark: true })).toContain('invert(1)');
  expect(filterOf({ photo: true }, { dark: true })).not.toContain('invert');
  expect(filterOf({ photo: false }, { dark: false })).not.toMatch(/invert|brightness/);
});

it('draws streets by rank, from where each can be told, with their names only near', () => {
  const style = styleIn(readPalette(document.body));
  const road = (kind: string, resolution: number) => {
    const facts: Record<string, string> = { layer: 'roads', kind, name: 'Rue de Metz' };
    const found = style(
      { get: (name: string) => facts[name], getGeometry: () => undefined } as never,
      resolution,
    );
    return found === undefined ? null : [found].flat().map((one) => one?.getText()?.getText() ?? 'line');
  };
  expect(road('highway', 100)).toEqual(['line']);
  expect(road('minor_road', 100)).toBeNull();
  expect(road('minor_road', 1)).toEqual(['line', 'Rue de Metz']);
  expect(road('rail', 1)).toEqual(['line']);
  expect(road('ferry', 1)).toBeNull();
});
