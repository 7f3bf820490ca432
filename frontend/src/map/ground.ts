/** What lies under the cameras: schematic lines, graticule, names, rings. No tile, no third party. */
import type { Place, Quarter } from './contract';
import { type Bounds, degreesLabel, stepMinutes, ticks } from './geometry';
import type { Palette } from './palette';
import { GROUND, type GroundLine } from './toulouse';

type Canvas = CanvasRenderingContext2D;

/** Where a place is on the canvas, in the drawing's own pixels, and how much ground it shows. */
export interface Sight {
  toPx(lat: number, lon: number): readonly [x: number, y: number];
  bounds: Bounds;
  width: number;
  height: number;
  metresPerPx: number;
}

const WIDTH_M: Record<GroundLine['kind'], number> = {
  river: 170,
  canal: 26,
  ring: 30,
  avenue: 26,
  street: 14,
};
const LEAST_PX: Record<GroundLine['kind'], number> = { river: 8, canal: 3, ring: 3, avenue: 2, street: 1 };
const MOST_PX: Record<GroundLine['kind'], number> = {
  river: 110,
  canal: 26,
  ring: 14,
  avenue: 11,
  street: 7,
};
const STREETS_BELOW_M_PER_PX = 8;
const NAMES_BELOW_M_PER_PX = 12;
const EDGE_PX = 24;

export function drawGround(canvas: Canvas, sight: Sight, palette: Palette): void {
  canvas.fillStyle = palette.paper;
  canvas.fillRect(0, 0, sight.width, sight.height);
  // Kept to the ground: round ends would close the gaps of the dashes that tell a waiting camera.
  canvas.save();
  canvas.lineCap = canvas.lineJoin = 'round';
  for (const line of GROUND) {
    if (line.kind === 'street' && sight.metresPerPx > STREETS_BELOW_M_PER_PX) continue;
    canvas.strokeStyle = line.kind === 'river' || line.kind === 'canal' ? palette.water : palette.road;
    const width = WIDTH_M[line.kind] / sight.metresPerPx;
    canvas.lineWidth = Math.min(MOST_PX[line.kind], Math.max(LEAST_PX[line.kind], width));
    trace(canvas, line, sight);
  }
  canvas.restore();
}

/** Through the points; a water bends, a road turns. */
function trace(canvas: Canvas, line: GroundLine, sight: Sight): void {
  const points = line.points.map(([lat, lon]) => sight.toPx(lat, lon));
  const bends = line.kind === 'river' || line.kind === 'canal' || line.kind === 'ring';
  canvas.beginPath();
  points.forEach(([x, y], n) => {
    const next = points[n + 1];
    if (n === 0) canvas.moveTo(x, y);
    else if (bends && next !== undefined) canvas.quadraticCurveTo(x, y, (x + next[0]) / 2, (y + next[1]) / 2);
    else canvas.lineTo(x, y);
  });
  canvas.stroke();
}

export function drawGraticule(canvas: Canvas, sight: Sight, palette: Palette, decimal: ',' | '.'): void {
  const { south, west, north, east } = sight.bounds;
  const across = stepMinutes(sight.width / (east - west), 68);
  const up = stepMinutes(sight.height / (north - south), 68);
  canvas.save();
  canvas.strokeStyle = palette.line;
  canvas.lineWidth = 1;
  canvas.setLineDash([2, 5]);
  canvas.fillStyle = palette.names;
  canvas.font = `11px ${palette.font}`;
  canvas.textAlign = 'left';
  canvas.textBaseline = 'alphabetic';
  for (const tenths of ticks(west, east, across)) {
    const [x] = sight.toPx(south, tenths / 600);
    stroke(canvas, x, 0, x, sight.height);
    canvas.fillText(degreesLabel(tenths, decimal), x + 4, 14);
  }
  for (const tenths of ticks(south, north, up)) {
    const [, y] = sight.toPx(tenths / 600, west);
    stroke(canvas, 0, y, sight.width, y);
    if (y > 34) canvas.fillText(degreesLabel(tenths, decimal), 6, y - 4);
  }
  canvas.restore();
}

function stroke(canvas: Canvas, x0: number, y0: number, x1: number, y1: number): void {
  canvas.beginPath();
  canvas.moveTo(x0, y0);
  canvas.lineTo(x1, y1);
  canvas.stroke();
}

/** Names that would run into one already written, or into a busy `spot`, are left out. */
export function drawNames(
  canvas: Canvas,
  sight: Sight,
  palette: Palette,
  quarters: readonly Quarter[],
  spots: ReadonlyArray<{ x: number; y: number }>,
): void {
  canvas.save();
  canvas.fillStyle = palette.names;
  canvas.strokeStyle = palette.paper;
  canvas.lineWidth = 3;
  canvas.textAlign = 'center';
  const taken: Box[] = spots.map(({ x, y }) => ({
    left: x - 16,
    right: x + 16,
    top: y - 16,
    bottom: y + 16,
  }));
  for (const { name, lat, lon } of quarters)
    write(canvas, name.toLocaleUpperCase('fr'), 13, sight.toPx(lat, lon), taken, sight, palette);
  if (sight.metresPerPx < NAMES_BELOW_M_PER_PX) {
    for (const line of GROUND) {
      const { name } = line;
      if (name !== null)
        shownPoints(line, sight).some((point) =>
          write(canvas, name, 12, point, taken, sight, palette, 'italic'),
        );
    }
  }
  canvas.restore();
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function write(
  canvas: Canvas,
  text: string,
  size: number,
  [x, y]: readonly [number, number],
  taken: Box[],
  sight: Sight,
  palette: Palette,
  slant = '',
): boolean {
  canvas.font = `${slant} ${slant === '' ? 600 : 400} ${size}px ${palette.font}`;
  canvas.letterSpacing = slant === '' ? '1px' : '0px';
  const half = canvas.measureText(text).width / 2 + 6;
  const box = { left: x - half, right: x + half, top: y - size, bottom: y + 6 };
  const runsInto = (other: Box) =>
    box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top;
  if (box.left < 0 || box.right > sight.width || taken.some(runsInto)) return false;
  taken.push(box);
  canvas.strokeText(text, x, y);
  canvas.fillText(text, x, y);
  return true;
}

/**
 * Where along a line its name may stand: every eighth between two of its points. Best between
 * the middle, where the incident and what its cameras see are, and the edge.
 */
function shownPoints(line: GroundLine, sight: Sight): ReadonlyArray<readonly [number, number]> {
  const bestPx = Math.min(sight.width, sight.height) * 0.4;
  const away = ([x, y]: readonly [number, number]) =>
    Math.abs(Math.hypot(x - sight.width / 2, y - sight.height / 2) - bestPx);
  const points: (readonly [number, number])[] = [];
  line.points.forEach((to, n) => {
    const from = line.points[n - 1];
    for (let part = 1; from !== undefined && part <= 8; part++) {
      const along = part / 8;
      const [x, y] = sight.toPx(from[0] + (to[0] - from[0]) * along, from[1] + (to[1] - from[1]) * along);
      if (x > 0 && y > EDGE_PX && x < sight.width && y < sight.height - EDGE_PX) points.push([x, y]);
    }
  });
  return points.sort((a, b) => away(a) - away(b));
}

/** The radii asked for around the place, with their metres, and the disc within which the place is known. */
export function drawRings(
  canvas: Canvas,
  sight: Sight,
  palette: Palette,
  place: Place,
  ringsM: readonly number[],
): void {
  const [x, y] = sight.toPx(place.lat, place.lon);
  canvas.save();
  canvas.lineWidth = 1.2;
  canvas.textAlign = 'center';
  canvas.font = `12px ${palette.font}`;
  if (place.precisionM > 0) disc(canvas, x, y, place.precisionM / sight.metresPerPx, palette.incident);
  for (const ringM of ringsM) {
    const radius = ringM / sight.metresPerPx;
    canvas.beginPath();
    canvas.arc(x, y, radius, 0, Math.PI * 2);
    canvas.strokeStyle = palette.text;
    canvas.globalAlpha = 0.45;
    canvas.setLineDash([6, 5]);
    canvas.stroke();
    canvas.globalAlpha = 1;
    canvas.fillStyle = palette.muted;
    if (radius <= 30) continue;
    canvas.setLineDash([]);
    canvas.lineWidth = 3;
    canvas.strokeStyle = palette.paper;
    canvas.strokeText(metres(ringM), x, y - radius - 5);
    canvas.lineWidth = 1.2;
    canvas.fillText(metres(ringM), x, y - radius - 5);
  }
  canvas.restore();
}

function disc(canvas: Canvas, x: number, y: number, radius: number, colour: string): void {
  canvas.beginPath();
  canvas.arc(x, y, radius, 0, Math.PI * 2);
  canvas.fillStyle = canvas.strokeStyle = colour;
  canvas.globalAlpha = 0.12;
  canvas.fill();
  canvas.globalAlpha = 0.6;
  canvas.stroke();
  canvas.globalAlpha = 1;
}

function metres(value: number): string {
  return value >= 1000 ? `${value / 1000} km` : `${value} m`;
}
