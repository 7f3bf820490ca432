/** One picture of the map: ground, then wedges, rings, marks, and the incident on top. */
import type { CityMapProps, MapCamera } from './contract';
import type { Spot } from './geometry';
import { drawGraticule, drawGround, drawNames, drawRings, type Sight } from './ground';
import { drawIncident, drawMark, drawWedge, isSmall } from './marks';
import type { Palette } from './palette';
import { drawQuiet } from './quiet';
import { drawCursor, drawZones } from './zones';

const IDLE_WEDGES_BELOW_M_PER_PX = 2;
const WEDGES_BELOW_M_PER_PX = 8;
const MARGIN_PX = 40;

export type Shown = Pick<CityMapProps, 'cameras' | 'place' | 'ringsM' | 'quarters' | 'zones' | 'cursor'>;
interface Seen extends Spot {
  camera: MapCamera;
}

/**
 * Draws, and answers where the cameras in sight are when it is asked: in the order they were drawn, the topmost last.
 * `under`: a basemap lies below, with its own ground and names.
 */
export function draw(
  canvas: CanvasRenderingContext2D,
  sight: Sight,
  shown: Shown,
  palette: Palette,
  decimal: ',' | '.',
  under = false,
): () => Spot[] {
  const { quiet, loud } = inOrder(shown.cameras);
  const told = inSight(loud, sight);
  const incident = shown.place === null ? null : sight.toPx(shown.place.lat, shown.place.lon);
  if (under) canvas.clearRect(0, 0, sight.width, sight.height);
  else {
    drawGround(canvas, sight, palette);
    drawGraticule(canvas, sight, palette, decimal);
  }
  drawZones(canvas, sight, palette, shown.zones ?? []);
  if (!under) {
    drawNames(
      canvas,
      sight,
      palette,
      shown.quarters,
      incident === null ? told : [...told, { x: incident[0], y: incident[1] }],
    );
  }
  const wedges = sight.metresPerPx < IDLE_WEDGES_BELOW_M_PER_PX ? inSight(quiet, sight) : [];
  if (sight.metresPerPx < WEDGES_BELOW_M_PER_PX) wedges.push(...told);
  for (const one of wedges) at(canvas, one, () => drawWedge(canvas, one.camera, palette, sight.metresPerPx));
  if (shown.place !== null) drawRings(canvas, sight, palette, shown.place, shown.ringsM);
  const marks = drawQuiet(canvas, quiet, sight, palette) ? told : [...inSight(quiet, sight), ...told];
  for (const one of marks) at(canvas, one, () => drawMark(canvas, one.camera, palette, sight.metresPerPx));
  if (incident !== null) at(canvas, { x: incident[0], y: incident[1] }, () => drawIncident(canvas, palette));
  if (shown.cursor) drawCursor(canvas, sight, palette, shown.cursor);
  return () => [...inSight(quiet, sight), ...told];
}

const RANK: Record<MapCamera['mark'], number> = {
  barred: 0,
  idle: 1,
  off: 2,
  wait: 3,
  ok: 3,
  live: 4,
  exp: 5,
  stale: 6,
};

/** `quiet`: small, alike, below all others. */
interface Ordered {
  quiet: readonly MapCamera[];
  loud: readonly MapCamera[];
}
const ordered = new WeakMap<readonly MapCamera[], Ordered>();

/** What matters most is drawn last, so that nothing covers it. Once for a list, not in each picture of it. */
function inOrder(cameras: readonly MapCamera[]): Ordered {
  const known = ordered.get(cameras);
  if (known !== undefined) return known;
  const rank = (camera: MapCamera) =>
    (camera.selected ? 10 : 0) +
    (camera.ticked === true ? 1 : 0) +
    RANK[camera.mark] +
    (camera.badge === null ? 0 : 1);
  const sorted = [...cameras].sort((a, b) => rank(a) - rank(b));
  const found = { quiet: sorted.filter(isQuiet), loud: sorted.filter((camera) => !isQuiet(camera)) };
  ordered.set(cameras, found);
  return found;
}

const isQuiet = (camera: MapCamera): boolean => isSmall(camera) && !camera.selected && camera.ticked !== true;

function inSight(cameras: readonly MapCamera[], sight: Sight): Seen[] {
  const seen: Seen[] = [];
  for (const camera of cameras) {
    const [x, y] = sight.toPx(camera.lat, camera.lon);
    const margin = Math.max(MARGIN_PX, camera.reachM / sight.metresPerPx);
    if (x > -margin && y > -margin && x < sight.width + margin && y < sight.height + margin)
      seen.push({ id: camera.id, x, y, camera });
  }
  return seen;
}

function at(canvas: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, put: () => void): void {
  canvas.translate(x, y);
  put();
  canvas.translate(-x, -y);
}
