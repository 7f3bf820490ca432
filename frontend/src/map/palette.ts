import type { CameraMark } from './contract';

/** The page's colours for the canvas, read from its CSS variables: a canvas does not follow a theme by itself. */
export interface Palette {
  paper: string;
  surface: string;
  text: string;
  muted: string;
  accent: string;
  line: string;
  road: string;
  water: string;
  green: string;
  building: string;
  names: string;
  incident: string;
  marks: Record<CameraMark, string>;
  font: string;
  /** Size of one CSS pixel of the drawing at a root font of 16 px: a 4K wall enlarges everything alike. */
  scale: number;
  /** Light on dark. */
  dark: boolean;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string, dark: string) => style.getPropertyValue(name).trim() || dark;
  const wait = colour('--wait', '#8cbcff');
  const paper = colour('--map', '#10171e');
  const idle = colour('--line-strong', '#6d8196');
  return {
    paper,
    surface: colour('--surface', '#171e26'),
    text: colour('--text', '#e8eef4'),
    muted: colour('--muted', '#a9b7c6'),
    accent: colour('--accent', '#6cb2ff'),
    line: colour('--map-line', '#26323e'),
    road: colour('--map-road', '#2c3a48'),
    water: colour('--map-water', '#16303f'),
    green: colour('--map-green', '#14211c'),
    building: colour('--map-building', '#1b2530'),
    names: colour('--map-text', '#7f93a7'),
    incident: '#ff4d6a',
    marks: {
      idle,
      barred: idle,
      wait,
      ok: wait,
      live: colour('--live', '#3ecf9b'),
      exp: colour('--warn', '#ffc64a'),
      stale: colour('--stale', '#ff9a52'),
      off: colour('--stop', '#ff7d92'),
    },
    font: style.fontFamily || 'system-ui, sans-serif',
    scale: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1,
    dark: isDark(paper),
  };
}

/** Of `#rrggbb`. */
function isDark(colour: string): boolean {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return Math.max(...parts) < 0x80;
}

/**
 * Calls back when what `readPalette` reads may have changed: the theme, by attribute or by the system, or the root
 * font, which follows the window. Returns how to stop.
 */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme', 'class', 'style', 'lang'] });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  window.addEventListener('resize', changed);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', changed);
    window.removeEventListener('resize', changed);
  };
}
