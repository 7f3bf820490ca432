import type { MapCamera } from './contract';

/** Web Mercator stretches: metres on the ground of one unit (a "metre") of the projection at `latDeg`. */
export function groundMetres(latDeg: number): number {
  return Math.cos((latDeg * Math.PI) / 180);
}

const EARTH_M = 6_378_137;

/** Web Mercator (EPSG:3857) of a place, in its "metres". Thousands of cameras ask for it in each picture. */
export function mercator(latDeg: number, lonDeg: number): readonly [x: number, y: number] {
  const lat = (latDeg * Math.PI) / 180;
  return [(EARTH_M * lonDeg * Math.PI) / 180, EARTH_M * Math.asinh(Math.tan(lat))];
}

/** The seen sector for a canvas: angles in radians as `arc` takes them, clockwise from east. */
export interface Wedge {
  radiusPx: number;
  fromRad: number;
  toRad: number;
  allRound: boolean;
}

export function wedge(
  camera: Pick<MapCamera, 'azimuthDeg' | 'openingDeg' | 'reachM'>,
  metresPerPx: number,
): Wedge {
  const openingDeg = Math.min(360, Math.max(0, camera.openingDeg));
  const rad = (azimuthDeg: number) => ((azimuthDeg - 90) * Math.PI) / 180;
  return {
    radiusPx: camera.reachM / metresPerPx,
    fromRad: rad(camera.azimuthDeg - openingDeg / 2),
    toRad: rad(camera.azimuthDeg + openingDeg / 2),
    allRound: openingDeg >= 360,
  };
}

const STEPS_MINUTES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60] as const;

/** The graticule's step in minutes of arc: the finest whose lines are at least `leastPx` apart. */
export function stepMinutes(pxPerDegree: number, leastPx: number): number {
  return STEPS_MINUTES.find((step) => (pxPerDegree * step) / 60 >= leastPx) ?? 60;
}

/** Multiples of the step within [fromDeg, toDeg], as whole tenths of a minute: no sum of fractions drifts. */
export function ticks(fromDeg: number, toDeg: number, step: number): number[] {
  const tenths = Math.round(step * 10);
  const found: number[] = [];
  for (let n = Math.ceil((fromDeg * 600) / tenths) * tenths + 0; n <= toDeg * 600; n += tenths) found.push(n);
  return found;
}

/** `43°36,9′` of tenths of a minute. South and west keep their minus sign. */
export function degreesLabel(tenths: number, decimal: ',' | '.'): string {
  const whole = Math.abs(tenths);
  const minutes = whole % 600;
  return `${tenths < 0 ? '−' : ''}${Math.floor(whole / 600)}°${Math.floor(minutes / 10)}${decimal}${minutes % 10}′`;
}

export interface Spot {
  id: string;
  x: number;
  y: number;
}

/** The spot nearest to a point within `reachPx`; the later one of equals, for it is drawn on top. */
export function nearest(spots: readonly Spot[], x: number, y: number, reachPx: number): Spot | null {
  let best: Spot | null = null;
  let bestPx = reachPx;
  for (const spot of spots) {
    const away = Math.hypot(spot.x - x, spot.y - y);
    if (away <= bestPx) {
      best = spot;
      bestPx = away;
    }
  }
  return best;
}

export interface Bounds {
  south: number;
  west: number;
  north: number;
  east: number;
}

/** The box around points, each widened by `marginM` metres; null of none. */
export function bounds(points: ReadonlyArray<{ lat: number; lon: number }>, marginM: number): Bounds | null {
  const [first] = points;
  if (first === undefined) return null;
  const box = { south: first.lat, west: first.lon, north: first.lat, east: first.lon };
  for (const { lat, lon } of points) {
    box.south = Math.min(box.south, lat);
    box.north = Math.max(box.north, lat);
    box.west = Math.min(box.west, lon);
    box.east = Math.max(box.east, lon);
  }
  const latDeg = marginM / 111_320;
  const lonDeg = latDeg / groundMetres((box.south + box.north) / 2);
  return {
    south: box.south - latDeg,
    north: box.north + latDeg,
    west: box.west - lonDeg,
    east: box.east + lonDeg,
  };
}
