/** A perimeter while it is drawn, by mouse or by keys alike: a click puts a point where Enter puts one at the cursor. */
import type { Schemas } from '../../api/client';
import type { Point, Zone } from '../../map/contract';
import { metres } from '../../state/distance';

export const RADIUS_MIN_M = 20;
export const RADIUS_MAX_M = 5000;
export const POINTS_MAX = 64;
const METRES_A_DEGREE = 111_195;

export interface Draft {
  shape: 'circle' | 'ring';
  /** Of a circle: none yet, or its centre. */
  points: readonly Point[];
  radiusM: number;
  cursor: Point;
}

export type Stroke =
  | { kind: 'shape'; shape: Draft['shape'] }
  /** At the cursor, unless a place is named. A circle's second point sets its radius. */
  | { kind: 'put'; at?: Point }
  | { kind: 'undo' }
  | { kind: 'move'; eastM: number; northM: number }
  | { kind: 'radius'; radiusM: number };

export const begun = (cursor: Point): Draft => ({ shape: 'circle', points: [], radiusM: 300, cursor });

const bounded = (radiusM: number) => Math.round(Math.min(RADIUS_MAX_M, Math.max(RADIUS_MIN_M, radiusM)));

export function drawn(draft: Draft, stroke: Stroke): Draft {
  switch (stroke.kind) {
    case 'shape':
      return stroke.shape === draft.shape ? draft : { ...draft, shape: stroke.shape, points: [] };
    case 'put':
      return put({ ...draft, cursor: stroke.at ?? draft.cursor });
    case 'undo':
      return { ...draft, points: draft.points.slice(0, -1) };
    case 'move': {
      const { lat, lon } = draft.cursor;
      const wide = METRES_A_DEGREE * Math.cos((lat * Math.PI) / 180);
      const cursor = { lat: lat + stroke.northM / METRES_A_DEGREE, lon: lon + stroke.eastM / wide };
      return { ...draft, cursor };
    }
    case 'radius':
      return { ...draft, radiusM: Number.isFinite(stroke.radiusM) ? bounded(stroke.radiusM) : draft.radiusM };
  }
}

function put(draft: Draft): Draft {
  const [centre] = draft.points;
  if (draft.shape === 'circle')
    return centre === undefined
      ? { ...draft, points: [draft.cursor] }
      : { ...draft, radiusM: bounded(metres(centre, draft.cursor)) };
  const last = draft.points.at(-1);
  if (draft.points.length >= POINTS_MAX || (last !== undefined && metres(last, draft.cursor) < 1))
    return draft;
  return { ...draft, points: [...draft.points, draft.cursor] };
}

/** As the service wants it; null while it is none yet. */
export function perimeterOf(draft: Draft): { points: Point[]; radius_m: number | null } | null {
  const points = draft.points.map(({ lat, lon }) => ({ lat, lon }));
  if (draft.shape === 'circle') return points.length === 1 ? { points, radius_m: draft.radiusM } : null;
  return points.length >= 3 ? { points, radius_m: null } : null;
}

export const zoneOfDraft = (draft: Draft): Zone => ({
  kind: 'draft',
  points: draft.points,
  radiusM: draft.shape === 'circle' ? draft.radiusM : null,
  label: null,
});

/** Whether a point lies in a ring (even-odd), as the service has it. */
export function insideRing(point: Point, ring: readonly Point[]): boolean {
  let odd = false;
  ring.forEach((a, n) => {
    const b = ring[(n + 1) % ring.length] as Point;
    if (a.lat > point.lat === b.lat > point.lat) return;
    const across = a.lon + ((point.lat - a.lat) / (b.lat - a.lat)) * (b.lon - a.lon);
    if (point.lon < across) odd = !odd;
  });
  return odd;
}

/** Whether a point lies in a declared perimeter, as the service has it. */
export function covers(perimeter: Schemas['PerimeterView'], point: Point): boolean {
  const [centre] = perimeter.points;
  if (perimeter.radius_m != null && centre !== undefined) return metres(centre, point) <= perimeter.radius_m;
  return insideRing(point, perimeter.points);
}

export function holds(draft: Draft, point: Point): boolean {
  const perimeter = perimeterOf(draft);
  return perimeter !== null && covers(perimeter, point);
}

const RIM = 32;

/** Whether it seems to lie within an act's bound, to say so while it is drawn; the service decides. */
export function seemsWithin(draft: Draft, bound: readonly Point[] | null): boolean {
  const perimeter = perimeterOf(draft);
  if (bound === null || perimeter === null) return true;
  const radiusM = perimeter.radius_m;
  if (radiusM === null) return perimeter.points.every((point) => insideRing(point, bound));
  return Array.from({ length: RIM }, (_, n) => (n * 2 * Math.PI) / RIM).every((turn) => {
    const [centre] = perimeter.points;
    if (centre === undefined) return true;
    const rim = drawn(
      { ...draft, cursor: centre },
      { kind: 'move', eastM: radiusM * Math.cos(turn), northM: radiusM * Math.sin(turn) },
    );
    return insideRing(rim.cursor, bound);
  });
}

const STEP_M = 25;
const FAR_M = 250;
const MOVES: Readonly<Record<string, readonly [east: number, north: number]>> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** The stroke of a key; null: none of ours. */
export function strokeOf(key: string, shift: boolean, draft: Draft): Stroke | null {
  const move = MOVES[key];
  if (move !== undefined) {
    const step = shift ? FAR_M : STEP_M;
    return { kind: 'move', eastM: move[0] * step, northM: move[1] * step };
  }
  if (key === 'Enter' || key === ' ') return { kind: 'put' };
  if (key === 'Backspace' || key === 'Delete') return { kind: 'undo' };
  if (draft.shape === 'circle' && (key === '+' || key === '-'))
    return { kind: 'radius', radiusM: draft.radiusM + (key === '+' ? 50 : -50) };
  return null;
}
