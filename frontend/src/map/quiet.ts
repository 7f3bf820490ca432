/**
 * The marks of cameras nobody asked for: thousands, and alike. Each kind is drawn once, its pixels are copied into one
 * picture somewhat larger than the map, and that is put on the canvas in one step: moved while the map is, made anew
 * when the ground's scale or a camera changes, or when it was moved too far. As many `drawImage` as cameras took four
 * fifths of each frame (docs/performance.md). Every other mark is drawn as it is (`marks.ts`): there are few.
 */
import type { MapCamera } from './contract';
import type { Sight } from './ground';
import { drawMark, smallPx } from './marks';
import type { Palette } from './palette';

const HALF_PX = 9;
/** How far the map may be moved before its picture is made anew, in widths and heights of it. */
const SPARE = 1 / 10;
/** Of the scale: what numbers lose on their way is none. */
const SAME = 1e-9;

/** What is not transparent of a mark: how far from its centre in the picture's words, and its colour as they have it. */
interface Stamp {
  opaque: Pixels;
  faint: Pixels;
}
interface Pixels {
  offsets: Int32Array;
  colours: Uint32Array;
}

/** What the picture was made of; the same: it needs only to be moved. */
interface Made {
  cameras: readonly MapCamera[];
  palette: Palette;
  radiusPx: number;
  dense: number;
  pxPerDegree: number;
  /** Where 0° N 0° E was on the map, device pixels: far away, and exact. */
  x: number;
  y: number;
}

interface Sheet {
  canvas: CanvasRenderingContext2D;
  picture: ImageData;
  /** The same pixels, one word each. */
  words: Uint32Array;
  /** What the picture has of ground beside the map: as far as it may be moved, and a whole mark; device pixels. */
  spareX: number;
  spareY: number;
  made: Made | null;
}

/** One for each map. */
const sheets = new WeakMap<CanvasRenderingContext2D, Sheet>();

/** Puts their marks on the canvas, in order; false: this browser has no canvas to draw them on before. */
export function drawQuiet(
  canvas: CanvasRenderingContext2D,
  cameras: readonly MapCamera[],
  sight: Sight,
  palette: Palette,
): boolean {
  if (cameras.length === 0) return true;
  const sheet = sheetOf(canvas, canvas.getTransform().a);
  if (sheet === null) return false;
  const now = asked(canvas, cameras, sight, palette);
  const before = sheet.made;
  if (before === null || !same(before, now) || !reaches(canvas, now.x - before.x, now.y - before.y)) {
    fill(sheet, now, sight);
    sheet.made = now;
  }
  const { x, y } = sheet.made ?? now;
  canvas.save();
  canvas.setTransform(1, 0, 0, 1, 0, 0);
  canvas.drawImage(
    sheet.canvas.canvas,
    Math.round(now.x - x) - sheet.spareX,
    Math.round(now.y - y) - sheet.spareY,
  );
  canvas.restore();
  return true;
}

function asked(
  canvas: CanvasRenderingContext2D,
  cameras: readonly MapCamera[],
  sight: Sight,
  palette: Palette,
): Made {
  const dense = canvas.getTransform().a;
  const [x, y] = sight.toPx(0, 0);
  const pxPerDegree = sight.toPx(0, 1)[0] - x;
  return {
    cameras,
    palette,
    radiusPx: smallPx(sight.metresPerPx),
    dense,
    pxPerDegree,
    x: x * dense,
    y: y * dense,
  };
}

const same = (a: Made, b: Made): boolean =>
  a.cameras === b.cameras &&
  a.palette === b.palette &&
  a.radiusPx === b.radiusPx &&
  a.dense === b.dense &&
  Math.abs(a.pxPerDegree - b.pxPerDegree) < SAME * b.pxPerDegree;

/** Whether the map, moved so far, still lies within its picture. */
function reaches({ canvas }: CanvasRenderingContext2D, x: number, y: number): boolean {
  return Math.abs(x) <= canvas.width * SPARE && Math.abs(y) <= canvas.height * SPARE;
}

function sheetOf(of: CanvasRenderingContext2D, dense: number): Sheet | null {
  const rim = 2 * Math.ceil(HALF_PX * dense);
  const spareX = Math.ceil(of.canvas.width * SPARE) + rim;
  const spareY = Math.ceil(of.canvas.height * SPARE) + rim;
  const [width, height] = [of.canvas.width + 2 * spareX, of.canvas.height + 2 * spareY];
  const known = sheets.get(of);
  if (known !== undefined && known.picture.width === width && known.picture.height === height) return known;
  const canvas = blank(width, height);
  if (canvas === null) return null;
  const picture = canvas.createImageData(width, height);
  const words = new Uint32Array(picture.data.buffer);
  const made: Sheet = { canvas, picture, words, spareX, spareY, made: null };
  sheets.set(of, made);
  return made;
}

/** Its pixels are the processor's: none goes to a graphics card and back. */
function blank(width: number, height: number): CanvasRenderingContext2D | null {
  const made = document.createElement('canvas');
  made.width = width;
  made.height = height;
  return made.getContext('2d', { willReadFrequently: true });
}

function fill(sheet: Sheet, { cameras, palette, dense }: Made, sight: Sight): void {
  const { width, height } = sheet.picture;
  const half = Math.ceil(HALF_PX * dense);
  const stamps = new Map<MapCamera['mark'], Stamp | null>();
  sheet.words.fill(0);
  for (const camera of cameras) {
    const [left, top] = sight.toPx(camera.lat, camera.lon);
    // On whole device pixels, or the picture is blurred.
    const x = Math.round(left * dense) + sheet.spareX;
    const y = Math.round(top * dense) + sheet.spareY;
    if (x < half || y < half || x > width - half || y > height - half) continue;
    let stamp = stamps.get(camera.mark);
    if (stamp === undefined) {
      stamp = stampOf(camera, palette, sight.metresPerPx, dense, width);
      stamps.set(camera.mark, stamp);
    }
    if (stamp !== null) copy(stamp, sheet, y * width + x);
  }
  sheet.canvas.putImageData(sheet.picture, 0, 0);
}

function stampOf(
  camera: MapCamera,
  palette: Palette,
  metresPerPx: number,
  dense: number,
  width: number,
): Stamp | null {
  const half = Math.ceil(HALF_PX * dense);
  const side = 2 * half;
  const canvas = blank(side, side);
  if (canvas === null) return null;
  canvas.setTransform(dense, 0, 0, dense, half, half);
  drawMark(canvas, camera, palette, metresPerPx);
  const { data } = canvas.getImageData(0, 0, side, side);
  const words = new Uint32Array(data.buffer);
  const pixels = (meets: (alpha: number) => boolean): Pixels => {
    const found = [...words.keys()].filter((n) => meets(data[4 * n + 3] as number));
    return {
      offsets: Int32Array.from(found, (n) => (Math.floor(n / side) - half) * width + (n % side) - half),
      colours: Uint32Array.from(found, (n) => words[n] as number),
    };
  };
  return {
    opaque: pixels((alpha) => alpha === 255),
    faint: pixels((alpha) => alpha > 0 && alpha < 255),
  };
}

function copy({ opaque, faint }: Stamp, { words, picture }: Sheet, centre: number): void {
  const { offsets, colours } = opaque;
  for (let n = 0; n < offsets.length; n++) words[centre + (offsets[n] as number)] = colours[n] as number;
  const source = new Uint8Array(faint.colours.buffer);
  for (let n = 0; n < faint.offsets.length; n++) {
    const at = centre + (faint.offsets[n] as number);
    if (words[at] === 0) words[at] = faint.colours[n] as number;
    else blend(picture.data, 4 * at, source, 4 * n);
  }
}

/** Source over what is there, not premultiplied (https://www.w3.org/TR/compositing-1/#simplealphacompositing). */
function blend(data: Uint8ClampedArray, at: number, source: Uint8Array, from: number): void {
  const over = source[from + 3] as number;
  const under = (data[at + 3] as number) * (1 - over / 255);
  const whole = over + under;
  for (let n = 0; n < 3; n++)
    data[at + n] = ((source[from + n] as number) * over + (data[at + n] as number) * under) / whole;
  data[at + 3] = whole;
}
