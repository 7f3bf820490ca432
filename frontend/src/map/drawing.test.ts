import { describe, expect, it } from 'vitest';
import type { CameraMark, MapCamera } from './contract';
import { draw, type Shown } from './drawing';
import type { Sight } from './ground';
import { type Palette, readPalette } from './palette';

/** Writes down what is asked of it, with the translation it happened under; happy-dom draws nothing. */
class Recorder {
  readonly calls: { name: string; args: unknown[]; x: number; y: number; lineCap: string }[] = [];
  readonly canvas: CanvasRenderingContext2D;

  constructor() {
    let [x, y] = [0, 0];
    let [lineCap, before]: [string, string[]] = ['butt', []];
    this.canvas = new Proxy({} as CanvasRenderingContext2D, {
      get: (_, name: string) => {
        if (name === 'canvas') return { width: 400, height: 400 };
        return (...args: unknown[]) => {
          if (name === 'translate') [x, y] = [x + Number(args[0]), y + Number(args[1])];
          if (name === 'save') before.push(lineCap);
          if (name === 'restore') lineCap = before.pop() ?? 'butt';
          this.calls.push({ name, args, x, y, lineCap });
          if (name === 'measureText') return { width: String(args[0]).length * 7 };
          return name === 'getTransform' ? { a: 1 } : undefined;
        };
      },
      set: (_, name, value) => {
        if (name === 'lineCap') lineCap = value;
        return true;
      },
    });
  }

  texts(): unknown[] {
    return this.calls.filter(({ name }) => name === 'fillText').map(({ args }) => args[0]);
  }

  /** The radii of the arcs drawn around (x, y). */
  radiiAt(x: number, y: number): unknown[] {
    return this.calls.filter((c) => c.name === 'arc' && c.x === x && c.y === y).map(({ args }) => args[2]);
  }
}

const PALETTE: Palette = readPalette(document.documentElement);
const camera = (id: string, mark: CameraMark, badge: number | null, more: Partial<MapCamera> = {}) => ({
  id,
  number: 1,
  name: id,
  lat: 0,
  lon: 0,
  azimuthDeg: 0,
  openingDeg: 90,
  reachM: 64,
  mark,
  word: null,
  reason: null,
  badge,
  selected: false,
  ...more,
});
/** One degree is 1000 px, the origin in the middle of 400 × 400. Far from Toulouse: no ground in sight. */
const sight = (metresPerPx: number): Sight => ({
  toPx: (lat, lon) => [200 + lon * 1000, 200 - lat * 1000],
  bounds: { south: -0.2, west: -0.2, north: 0.2, east: 0.2 },
  width: 400,
  height: 400,
  metresPerPx,
});
const drawn = (shown: Partial<Shown>, metresPerPx: number) => {
  const recorder = new Recorder();
  const all = { cameras: [], place: null, ringsM: [], quarters: [], ...shown };
  const spots = draw(recorder.canvas, sight(metresPerPx), all, PALETTE, ',');
  return { recorder, spots: spots() };
};

describe('what a camera sees', () => {
  const wedgeDrawn = (one: MapCamera, metresPerPx: number) =>
    drawn({ cameras: [one] }, metresPerPx)
      .recorder.radiiAt(200, 200)
      .includes(64 / metresPerPx);

  it('is drawn for a camera nobody asked for only from near', () => {
    expect(wedgeDrawn(camera('a', 'idle', null), 1)).toBe(true);
    expect(wedgeDrawn(camera('a', 'idle', null), 4)).toBe(false);
    expect(wedgeDrawn(camera('a', 'barred', null), 4)).toBe(false);
  });

  it('is drawn from farther for one that is live, numbered or selected, and not over the whole city', () => {
    expect(wedgeDrawn(camera('a', 'live', 1), 4)).toBe(true);
    expect(wedgeDrawn(camera('a', 'idle', 1), 4)).toBe(true);
    expect(wedgeDrawn(camera('a', 'idle', null, { selected: true }), 4)).toBe(true);
    expect(wedgeDrawn(camera('a', 'live', 1), 9)).toBe(false);
  });
});

describe('marks', () => {
  it('show the number of the row and the tile', () => {
    const { recorder } = drawn({ cameras: [camera('a', 'live', 7), camera('b', 'live', null)] }, 4);
    expect(recorder.texts().filter((text) => /^\d+$/.test(String(text)))).toEqual(['7']);
  });

  it('differ in shape, not in colour alone', () => {
    const shape = (mark: CameraMark | 'ticked') => {
      const one =
        mark === 'ticked'
          ? camera('a', 'idle', null, { ticked: true })
          : camera('a', mark, mark === 'idle' ? null : 1);
      const { recorder } = drawn({ cameras: [one] }, 100);
      const put = recorder.calls.filter(({ x, y }) => x === 200 && y === 200);
      return JSON.stringify(put.map(({ name, args }) => [name, args]));
    };
    const marks = ['wait', 'ok', 'live', 'exp', 'stale', 'off', 'barred', 'idle', 'ticked'] as const;
    expect(new Set(marks.map(shape)).size).toBe(marks.length);
  });

  it('that are crossed out keep a number that can be read: it lies over the stroke, clear of it', () => {
    for (const mark of ['off', 'barred'] as const) {
      const names = drawn({ cameras: [camera('a', mark, 1)] }, 100).recorder.calls.map(({ name }) => name);
      expect(names.lastIndexOf('strokeText'), mark).toBeGreaterThan(names.lastIndexOf('stroke'));
      expect(names.lastIndexOf('fillText')).toBeGreaterThan(names.lastIndexOf('strokeText'));
    }
  });

  it('keep the gaps of their dashes: a camera that waits must not look live', () => {
    const { recorder } = drawn({ cameras: [camera('a', 'wait', 1)] }, 4);
    const dashed = recorder.calls.filter(
      ({ name, args }) => name === 'setLineDash' && `${args[0]}` === '4,3',
    );
    expect(dashed.map(({ lineCap }) => lineCap)).toEqual(['butt']);
  });

  it('of what matters most come last, on top and first under the pointer', () => {
    const cameras = [
      camera('chosen', 'idle', null, { selected: true }),
      camera('stale', 'stale', 4),
      camera('idle', 'idle', null),
      camera('live', 'live', 1),
    ];
    expect(drawn({ cameras }, 4).spots.map(({ id }) => id)).toEqual(['idle', 'live', 'stale', 'chosen']);
  });

  it('of cameras nobody asked for are below all others, and drawn one by one where they cannot be copied', () => {
    const cameras = [camera('live', 'live', 1), camera('a', 'idle', null), camera('b', 'barred', null)];
    const { recorder, spots } = drawn({ cameras }, 4);
    expect(recorder.radiiAt(200, 200).filter((radius) => radius === 6 || radius === 13)).toEqual([6, 6, 13]);
    expect(spots.map(({ id }) => id)).toEqual(['b', 'a', 'live']);
  });

  it('out of sight are not drawn, unless their sector reaches in', () => {
    const outside = camera('far', 'live', 1, { lon: 0.3 });
    expect(drawn({ cameras: [outside] }, 1).spots).toEqual([]);
    expect(drawn({ cameras: [{ ...outside, reachM: 200 }] }, 1).spots).toHaveLength(1);
  });
});

describe('around the place', () => {
  const place = { lat: 0, lon: 0, precisionM: 25 };
  it('stand the rings with their metres and the disc of what is known', () => {
    const { recorder } = drawn({ place, ringsM: [100, 300] }, 2);
    expect(recorder.radiiAt(0, 0)).toEqual([12.5, 50, 150]);
    expect(recorder.texts()).toEqual(expect.arrayContaining(['100 m', '300 m', '!']));
  });

  it('a place known exactly has no disc, and no place no ring', () => {
    expect(drawn({ place: { ...place, precisionM: 0 }, ringsM: [100] }, 2).recorder.radiiAt(0, 0)).toEqual([
      50,
    ]);
    expect(drawn({ ringsM: [100] }, 2).recorder.radiiAt(0, 0)).toEqual([]);
  });
});

describe('names of quarters', () => {
  const quarter = (name: string, lat: number) => ({ name, lat, lon: 0 });
  it('leave out the one that would run into another or into a mark', () => {
    const quarters = [quarter('Carmes', 0.1), quarter('Dalbade', 0.099), quarter('Busca', -0.1)];
    const cameras = [camera('a', 'live', 1, { lat: -0.1 })];
    const texts = drawn({ quarters, cameras }, 100).recorder.texts();
    expect(texts).toContain('CARMES');
    expect(texts).not.toContain('DALBADE');
    expect(texts).not.toContain('BUSCA');
  });
});
