/**
 * Thousands of cameras nobody asked for look alike: their small mark is drawn once and stamped. Every other mark is
 * drawn as it is (`marks.ts`): there are few, and each has its number.
 */
import type { MapCamera } from './contract';
import { drawMark, isSmall, smallPx } from './marks';
import type { Palette } from './palette';

const HALF_PX = 9;

/** A theme's pictures go with its palette. Bitmaps: stamping a canvas costs as much as drawing the mark anew. */
const pictures = new WeakMap<Palette, Map<string, ImageBitmap>>();

/** Puts the camera's mark at (x, y) of a canvas of `dense` device pixels each; false: it is not a mark to stamp. */
export function stamp(
  canvas: CanvasRenderingContext2D,
  camera: MapCamera,
  { x, y }: { x: number; y: number },
  palette: Palette,
  metresPerPx: number,
  dense: number,
): boolean {
  if (!isSmall(camera) || camera.selected || typeof OffscreenCanvas === 'undefined') return false;
  const picture = pictureOf(camera, palette, metresPerPx, dense);
  if (picture === null) return false;
  // On whole device pixels, or the picture is blurred.
  const snap = (value: number) => Math.round((value - HALF_PX) * dense) / dense;
  canvas.drawImage(picture, snap(x), snap(y), picture.width / dense, picture.height / dense);
  return true;
}

function pictureOf(
  camera: MapCamera,
  palette: Palette,
  metresPerPx: number,
  dense: number,
): ImageBitmap | null {
  const known = pictures.get(palette) ?? new Map<string, ImageBitmap>();
  pictures.set(palette, known);
  const key = `${camera.mark} ${smallPx(metresPerPx)} ${dense}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const side = Math.ceil(2 * HALF_PX * dense);
  const blank = new OffscreenCanvas(side, side);
  const canvas = blank.getContext('2d');
  if (canvas === null) return null;
  canvas.setTransform(dense, 0, 0, dense, HALF_PX * dense, HALF_PX * dense);
  drawMark(canvas, camera, palette, metresPerPx);
  const picture = blank.transferToImageBitmap();
  known.set(key, picture);
  return picture;
}
