interface Point {
  lat: number;
  lon: number;
}

const METRES_A_DEGREE = 111_195;

/** Metres between two points of one city, flat-earth: within a thousandth below 10 km. Degrees WGS84. */
export function metres(a: Point, b: Point): number {
  const east = (b.lon - a.lon) * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return Math.hypot(b.lat - a.lat, east) * METRES_A_DEGREE;
}

/** "40 m", rounded to what a person needs. */
export const distanceWords = (a: Point, b: Point): string => `${Math.round(metres(a, b) / 10) * 10} m`;
