/** How the wall divides: 1, 4, 6, 9 or 16 tiles. */
export const LAYOUTS = [1, 4, 6, 9, 16] as const;
export type Layout = (typeof LAYOUTS)[number];
const COLUMNS: Record<Layout, number> = { 1: 1, 4: 2, 6: 2, 9: 3, 16: 4 };

/** The smallest wall that hides nothing, from four tiles on. */
export const fitting = (count: number): Layout => LAYOUTS.find((n) => n >= Math.max(4, count)) ?? 16;

export interface Grid {
  gridTemplateColumns: string;
  gridTemplateRows: string;
}

const STRIP_MAX = 5;

/** The wall's grid; with one tile enlarged, the `others` stay in view in a strip below it. */
export function grid(layout: Layout, enlarged: boolean, others: number): Grid {
  if (!enlarged) {
    const columns = COLUMNS[layout];
    return even(columns, `repeat(${Math.ceil(layout / columns)}, minmax(0, 1fr))`);
  }
  const columns = Math.min(STRIP_MAX, Math.max(1, others));
  const strips = Math.ceil(others / columns);
  return even(columns, ['minmax(0, 4fr)', ...Array<string>(strips).fill('minmax(0, 1fr)')].join(' '));
}

const even = (columns: number, rows: string): Grid => ({
  gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
  gridTemplateRows: rows,
});

/** Where a tile lies on the screen. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}
const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The tile that an arrow key leads to: the nearest in its direction; null when none lies there. */
export function neighbour(boxes: readonly Box[], from: number, key: string): number | null {
  const [here, direction] = [boxes[from], DIRECTIONS[key]];
  if (here === undefined || direction === undefined) return null;
  const [dx, dy] = direction;
  const middle = (box: Box) => [box.left + box.width / 2, box.top + box.height / 2] as const;
  const [x0, y0] = middle(here);
  let best: { n: number; cost: number } | null = null;
  for (const [n, box] of boxes.entries()) {
    const [x, y] = middle(box);
    const ahead = (x - x0) * dx + (y - y0) * dy;
    const aside = Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx);
    const cost = ahead + 2 * aside;
    if (n !== from && ahead > 1 && (best === null || cost < best.cost)) best = { n, cost };
  }
  return best?.n ?? null;
}
