/** Digital zoom of one picture, on this screen only: no camera turns. Pure; offsets in shares of the frame's size. */
export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
export const SCALE_MAX = 8;
const STEP = 1.5;
const NUDGE = 0.15;

/** No edge of the picture comes inside the frame. */
function held({ scale, x, y }: Zoom): Zoom {
  if (scale <= 1) return WHOLE;
  const most = (scale - 1) / 2;
  const within = (offset: number) => Math.max(-most, Math.min(most, offset));
  return { scale, x: within(x), y: within(y) };
}

/** Nearer (`by` > 0) or farther, about the point (px, py), measured from the middle: it stays where it is. */
export function zoomed(zoom: Zoom, by: number, px = 0, py = 0): Zoom {
  const scale = Math.max(1, Math.min(SCALE_MAX, zoom.scale * STEP ** by));
  const grown = scale / zoom.scale;
  return held({ scale, x: px - (px - zoom.x) * grown, y: py - (py - zoom.y) * grown });
}

export const panned = (zoom: Zoom, dx: number, dy: number): Zoom =>
  held({ ...zoom, x: zoom.x + dx, y: zoom.y + dy });

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [NUDGE, 0],
  ArrowRight: [-NUDGE, 0],
  ArrowUp: [0, NUDGE],
  ArrowDown: [0, -NUDGE],
};

/** What a key does to the zoom; null: nothing, it may mean something else. */
export function keyed(zoom: Zoom, key: string): Zoom | null {
  if (key === '+' || key === '=') return zoomed(zoom, 1);
  if (key === '-') return zoomed(zoom, -1);
  if (zoom.scale <= 1) return null;
  if (key === '0' || key === 'Escape') return WHOLE;
  const arrow = ARROWS[key];
  return arrow === undefined ? null : panned(zoom, ...arrow);
}
