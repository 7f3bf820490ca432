/** A place as the regulator gives it: found by name, typed as coordinates, clicked on the map. */
import type { Schemas } from '../../api/client';

/** Fewer letters or figures are no case: half the town would match. */
const CASE_MIN = 3;

/** Where the incident is, as the regulator chose it. */
export interface ChosenPlace {
  label: string;
  lat: number;
  lon: number;
  precisionM: number;
}

/** "43.61041, 1.45287" (point or comma decimals, spaces, semicolon) → a place; null when it is something else. */
export function coordinates(typed: string, label: string): ChosenPlace | null {
  const found = /^\s*(-?\d{1,2}(?:[.,]\d+)?)\s*[;,\s]\s*(-?\d{1,3}(?:[.,]\d+)?)\s*$/.exec(typed);
  if (found === null) return null;
  const [lat, lon] = [found[1], found[2]].map((part) => Number((part ?? '').replace(',', '.')));
  if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  return { label: `${label} ${lat.toFixed(5)}, ${lon.toFixed(5)}`, lat, lon, precisionM: 20 };
}

const letters = (text: string): string => text.toLowerCase().replace(/[^0-9a-z]/g, '');

/** Open incidents whose number or case reference holds what was typed; hyphens and case do not matter. */
export function casesLike<I extends { number: string; case_ref: string | null }>(
  typed: string,
  incidents: readonly I[],
): I[] {
  const wanted = letters(typed);
  if (wanted.length < CASE_MIN || !/\d/.test(wanted)) return [];
  return incidents.filter((i) => [i.number, i.case_ref ?? ''].some((name) => letters(name).includes(wanted)));
}

export const fromView = (view: Schemas['PlaceView']): ChosenPlace => ({
  label: view.quarter && view.quarter !== view.name ? `${view.name} (${view.quarter})` : view.name,
  lat: view.lat,
  lon: view.lon,
  precisionM: Math.min(2000, view.precision_m),
});
