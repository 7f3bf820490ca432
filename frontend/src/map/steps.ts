/** From camera to camera without a mouse: nearest first, from where one looks. */
import type { MapCamera, Point } from './contract';
import { groundMetres } from './geometry';

/** The cameras by their distance from a point. */
export function fromNear(cameras: readonly MapCamera[], { lat, lon }: Point): MapCamera[] {
  const wide = groundMetres(lat);
  const away = new Map(cameras.map((one) => [one, Math.hypot(one.lat - lat, (one.lon - lon) * wide)]));
  return [...cameras].sort((a, b) => (away.get(a) ?? 0) - (away.get(b) ?? 0));
}

/** The place in the order after a step; from none the first or last, and round. -1: there is none. */
export function stepped(count: number, at: number, by: 1 | -1): number {
  if (count === 0) return -1;
  if (at < 0) return by > 0 ? 0 : count - 1;
  return (at + by + count) % count;
}

/** Whether a text holds all the words typed: in any order, accents do not matter. */
function sought(typed: string): (text: string) => boolean {
  const wanted = plain(typed).split(/\s+/).filter(Boolean);
  return (text) => {
    const folded = plain(text);
    return wanted.every((word) => folded.includes(word));
  };
}

/** The cameras that number or name says, the very number first, then by number. */
export function called<C extends { number: number; name: string }>(
  cameras: readonly C[],
  typed: string,
  most: number,
): { rows: readonly C[]; count: number } {
  const fits = sought(typed);
  const exact = Number(typed.trim());
  const found = cameras.filter((camera) => fits(`${camera.number} ${camera.name}`));
  found.sort((a, b) => Number(b.number === exact) - Number(a.number === exact) || a.number - b.number);
  return { rows: found.slice(0, most), count: found.length };
}

/** What matters comes first, then by number; as many as one can read. */
export function listed(
  cameras: readonly MapCamera[],
  typed: string,
  most: number,
): { rows: readonly MapCamera[]; count: number } {
  const fits = sought(typed);
  const found = cameras.filter(({ badge, number, name }) => fits(`${badge ?? ''} ${number} ${name}`));
  const exact = Number(typed.trim());
  const rank = (camera: MapCamera) =>
    (camera.number === exact ? 0 : 4) +
    (camera.selected
      ? 0
      : camera.badge !== null
        ? 1
        : camera.mark !== 'idle' && camera.mark !== 'barred'
          ? 2
          : 3);
  found.sort((a, b) => rank(a) - rank(b) || (a.badge ?? a.number) - (b.badge ?? b.number));
  return { rows: found.slice(0, most), count: found.length };
}

const folded = new Map<string, string>();

/** Thousands of names are folded once, not with each letter typed. */
function plain(text: string): string {
  let known = folded.get(text);
  if (known === undefined) {
    known = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
    if (folded.size > 20_000) folded.clear();
    folded.set(text, known);
  }
  return known;
}
