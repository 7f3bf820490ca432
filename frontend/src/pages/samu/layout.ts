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

const SAID_AT_MS = [300_000, 120_000, 60_000, 30_000];

/** The last of 5 min, 2 min, 1 min, 30 s that was passed; null before the first and after the end. */
export function saidAt(leftMs: number): number | null {
  if (leftMs <= 0) return null;
  return SAID_AT_MS.findLast((at) => leftMs <= at) ?? null;
}
