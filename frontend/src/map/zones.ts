/** Areas on the ground: an act's bound, a declared crisis, one that is being drawn. Told by line as well as colour. */
import type { Point, Zone } from './contract';
import type { Sight } from './ground';
import type { Palette } from './palette';

type Canvas = CanvasRenderingContext2D;

export function drawZones(canvas: Canvas, sight: Sight, palette: Palette, zones: readonly Zone[]): void {
  for (const zone of zones) {
    if (zone.points.length === 0) continue;
    const colour = colourOf(zone, palette);
    canvas.save();
    canvas.strokeStyle = canvas.fillStyle = colour;
    canvas.lineWidth = zone.kind === 'act' ? 1.4 : 2.6;
    canvas.setLineDash(DASHES[zone.kind]);
    outline(canvas, sight, zone);
    if (zone.kind !== 'act' && closed(zone)) fill(canvas);
    canvas.stroke();
    canvas.setLineDash([]);
    if (zone.kind === 'draft') corners(canvas, sight, zone.points);
    if (zone.label !== null) label(canvas, sight, zone, palette, colour);
    canvas.restore();
  }
}

const DASHES: Record<Zone['kind'], number[]> = { act: [2, 6], crisis: [], suspended: [10, 6], draft: [7, 4] };

const colourOf = ({ kind }: Zone, palette: Palette): string =>
  kind === 'act' ? palette.muted : kind === 'draft' ? palette.accent : palette.incident;

const closed = ({ points, radiusM }: Zone): boolean => radiusM !== null || points.length > 2;

function outline(canvas: Canvas, sight: Sight, zone: Zone): void {
  canvas.beginPath();
  const [first] = zone.points;
  if (zone.radiusM !== null && first !== undefined) {
    const [x, y] = sight.toPx(first.lat, first.lon);
    canvas.arc(x, y, zone.radiusM / sight.metresPerPx, 0, Math.PI * 2);
    return;
  }
  zone.points.forEach(({ lat, lon }, n) => {
    const [x, y] = sight.toPx(lat, lon);
    if (n === 0) canvas.moveTo(x, y);
    else canvas.lineTo(x, y);
  });
  if (closed(zone)) canvas.closePath();
}

function fill(canvas: Canvas): void {
  canvas.globalAlpha = 0.05;
  canvas.fill();
  canvas.globalAlpha = 1;
}

function corners(canvas: Canvas, sight: Sight, points: readonly Point[]): void {
  for (const { lat, lon } of points) {
    const [x, y] = sight.toPx(lat, lon);
    canvas.beginPath();
    canvas.arc(x, y, 4, 0, Math.PI * 2);
    canvas.fill();
  }
}

/** Above the northernmost point. */
function label(canvas: Canvas, sight: Sight, zone: Zone, palette: Palette, colour: string): void {
  const north = zone.points.reduce((a, b) => (b.lat > a.lat ? b : a));
  const [x, y] = sight.toPx(north.lat, north.lon);
  const above = zone.radiusM === null ? 0 : zone.radiusM / sight.metresPerPx;
  canvas.font = `700 12px ${palette.font}`;
  canvas.textAlign = 'center';
  canvas.lineWidth = 4;
  canvas.strokeStyle = palette.paper;
  canvas.strokeText(zone.label ?? '', x, y - above - 7);
  canvas.fillStyle = colour;
  canvas.fillText(zone.label ?? '', x, y - above - 7);
}

/** Where the next point goes, for whoever draws by keyboard. */
export function drawCursor(canvas: Canvas, sight: Sight, palette: Palette, at: Point): void {
  const [x, y] = sight.toPx(at.lat, at.lon);
  canvas.save();
  for (const [width, colour] of [
    [5, palette.paper],
    [2, palette.accent],
  ] as const) {
    canvas.lineWidth = width;
    canvas.strokeStyle = colour;
    canvas.beginPath();
    canvas.moveTo(x - 14, y);
    canvas.lineTo(x + 14, y);
    canvas.moveTo(x, y - 14);
    canvas.lineTo(x, y + 14);
    canvas.stroke();
  }
  canvas.restore();
}
