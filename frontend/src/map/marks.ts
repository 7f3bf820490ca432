/** The marks of the cameras: shape + colour + number, the same number as on the list and the tile. */
import type { CameraMark, MapCamera } from './contract';
import { type Wedge, wedge } from './geometry';
import type { Palette } from './palette';

type Canvas = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
const FULL = Math.PI * 2;
const CROSSED_PX = 14;

function colourOf(mark: CameraMark, palette: Palette): string {
  return palette.marks[mark];
}

/** The seen sector at a camera standing at the origin. */
export function drawWedge(canvas: Canvas, camera: MapCamera, palette: Palette, metresPerPx: number): void {
  const seen = wedge(camera, metresPerPx);
  canvas.save();
  sector(canvas, seen);
  canvas.fillStyle = canvas.strokeStyle = colourOf(camera.mark, palette);
  canvas.lineWidth = 1.4;
  if (!isSmall(camera)) rim(canvas, palette);
  switch (camera.mark) {
    case 'off':
    case 'barred':
      canvas.setLineDash([1, 4]);
      break;
    case 'stale':
      hatch(canvas, seen);
      sector(canvas, seen);
      break;
    case 'wait':
      canvas.setLineDash([5, 4]);
      fill(canvas, 0.22);
      break;
    default:
      fill(canvas, camera.mark === 'idle' ? 0.1 : 0.22);
  }
  canvas.stroke();
  canvas.restore();
}

/** Under a line, so that it stands out from the streets of a detailed basemap; to be stroked over. */
function rim(canvas: Canvas, palette: Palette): void {
  const { strokeStyle, lineWidth } = canvas;
  canvas.strokeStyle = palette.paper;
  canvas.lineWidth = lineWidth + 3;
  canvas.stroke();
  canvas.strokeStyle = strokeStyle;
  canvas.lineWidth = lineWidth;
}

function sector(canvas: Canvas, { radiusPx, fromRad, toRad, allRound }: Wedge): void {
  canvas.beginPath();
  if (allRound) {
    canvas.arc(0, 0, radiusPx, 0, FULL);
    return;
  }
  canvas.moveTo(0, 0);
  canvas.arc(0, 0, radiusPx, fromRad, toRad);
  canvas.closePath();
}

function fill(canvas: Canvas, alpha: number): void {
  canvas.globalAlpha = alpha;
  canvas.fill();
  canvas.globalAlpha = 1;
}

function hatch(canvas: Canvas, { radiusPx }: Wedge): void {
  canvas.save();
  canvas.clip();
  canvas.globalAlpha = 0.8;
  canvas.lineWidth = 4;
  canvas.beginPath();
  for (let away = -2 * radiusPx; away <= 2 * radiusPx; away += 12.7) {
    canvas.moveTo(away - radiusPx, radiusPx);
    canvas.lineTo(away + radiusPx, -radiusPx);
  }
  canvas.stroke();
  canvas.restore();
}

/** A camera without a number that nobody asked for is a small circle. */
export function isSmall({ badge, mark }: MapCamera): boolean {
  return badge === null && (mark === 'idle' || mark === 'barred');
}

/** The mark at the origin. */
export function drawMark(canvas: Canvas, camera: MapCamera, palette: Palette, metresPerPx: number): void {
  const small = isSmall(camera);
  canvas.save();
  if (camera.selected) halo(canvas, small ? 11 : 22, palette.accent);
  if (small && camera.ticked === true) {
    box(canvas, palette);
    canvas.restore();
    return;
  }
  canvas.fillStyle = palette.surface;
  canvas.strokeStyle = colourOf(camera.mark, palette);
  canvas.lineWidth = small ? 2 : 3;
  outline(canvas, camera.mark, small, metresPerPx, palette);
  const crossed = camera.mark === 'off' || camera.mark === 'barred';
  if (crossed) crossOut(canvas, small ? smallPx(metresPerPx) * 0.71 : CROSSED_PX);
  if (camera.mark === 'ok') tick(canvas, camera.badge === null, palette);
  if (camera.badge !== null) number(canvas, camera.badge, palette, crossed);
  canvas.restore();
}

/** A ticked box: it will be asked for. */
function box(canvas: Canvas, palette: Palette): void {
  canvas.fillStyle = palette.surface;
  canvas.strokeStyle = palette.accent;
  canvas.lineWidth = 2;
  canvas.beginPath();
  canvas.rect(-7, -7, 14, 14);
  canvas.fill();
  canvas.stroke();
  canvas.beginPath();
  canvas.moveTo(-3.5, 0);
  canvas.lineTo(-1, 2.8);
  canvas.lineTo(3.8, -3);
  canvas.stroke();
}

function halo(canvas: Canvas, radius: number, colour: string): void {
  canvas.beginPath();
  canvas.arc(0, 0, radius, 0, FULL);
  canvas.strokeStyle = colour;
  canvas.lineWidth = 3;
  canvas.stroke();
}

/** A whole city of cameras nobody asked for must not hide the city. */
export function smallPx(metresPerPx: number): number {
  return metresPerPx > 4 ? 4.5 : 6;
}

function outline(
  canvas: Canvas,
  mark: CameraMark,
  small: boolean,
  metresPerPx: number,
  palette: Palette,
): void {
  canvas.beginPath();
  if (mark === 'stale') {
    canvas.moveTo(0, -19);
    canvas.lineTo(18, 12);
    canvas.lineTo(-18, 12);
    canvas.closePath();
  } else if (mark === 'off') canvas.rect(-12, -12, 24, 24);
  else if (mark === 'exp') {
    canvas.arc(0, 0, 17, 0, FULL);
    canvas.lineWidth = 2;
    rim(canvas, palette);
    canvas.stroke();
    canvas.lineWidth = 3;
    canvas.beginPath();
    canvas.arc(0, 0, 12, 0, FULL);
  } else canvas.arc(0, 0, small ? smallPx(metresPerPx) : 13, 0, FULL);
  rim(canvas, palette);
  canvas.fill();
  if (mark === 'wait') canvas.setLineDash([4, 3]);
  canvas.stroke();
  canvas.setLineDash([]);
}

/** `crossed`: it stands clear of the stroke below it. */
function number(canvas: Canvas, badge: number, palette: Palette, crossed: boolean): void {
  const text = String(badge);
  canvas.font = `800 ${text.length > 2 ? 11 : 14}px ${palette.font}`;
  canvas.textAlign = 'center';
  canvas.textBaseline = 'alphabetic';
  if (crossed) {
    canvas.lineJoin = 'round';
    canvas.strokeStyle = palette.surface;
    canvas.lineWidth = 4;
    canvas.strokeText(text, 0, 5);
  }
  canvas.fillStyle = palette.text;
  canvas.fillText(text, 0, 5);
}

/** The stroke reaches beyond the outline of a mark with a number, which lies over its middle. */
function crossOut(canvas: Canvas, reach: number): void {
  canvas.beginPath();
  canvas.moveTo(-reach, reach);
  canvas.lineTo(reach, -reach);
  canvas.stroke();
}

/** The tick of an approval, at the number or alone. */
function tick(canvas: Canvas, alone: boolean, palette: Palette): void {
  if (!alone) {
    canvas.save();
    canvas.translate(11, 10);
    canvas.beginPath();
    canvas.arc(0, 0, 7, 0, FULL);
    canvas.fillStyle = palette.surface;
    canvas.fill();
    canvas.restore();
  }
  const [x, y] = alone ? [0, 0] : [11, 10];
  canvas.beginPath();
  canvas.moveTo(x - 5, y);
  canvas.lineTo(x - 1.5, y + 4);
  canvas.lineTo(x + 5, y - 4);
  canvas.lineWidth = 2.4;
  canvas.stroke();
}

/** The place of the incident, at the origin. */
export function drawIncident(canvas: Canvas, palette: Palette): void {
  canvas.save();
  canvas.beginPath();
  canvas.moveTo(0, -17);
  canvas.lineTo(15, 10);
  canvas.lineTo(-15, 10);
  canvas.closePath();
  canvas.fillStyle = palette.incident;
  canvas.strokeStyle = '#fff';
  canvas.lineJoin = 'round';
  canvas.lineWidth = 2.5;
  canvas.fill();
  canvas.stroke();
  canvas.fillStyle = '#fff';
  canvas.font = `900 15px ${palette.font}`;
  canvas.textAlign = 'center';
  canvas.fillText('!', 0, 6);
  canvas.restore();
}
