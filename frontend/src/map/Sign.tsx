import type { CameraMark } from './contract';

const SIGN: Record<CameraMark | 'ticked', string> = {
  live: 'M5 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0',
  exp: 'M4 8a7 7 0 1 0 14 0a7 7 0 1 0 -14 0M7.4 8a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0',
  stale: 'M11 1.5l7 12.5H4z',
  wait: 'M5 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0',
  ok: 'M5 8l4.5 4.5L17 4',
  off: 'M5 2h12v12H5zM5 14L17 2',
  idle: 'M7.6 8a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0',
  ticked: 'M5.5 2.5h11v11h-11zM8 8l2.2 2.2L14 6',
  barred: 'M7 8a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M8 11l6 -6',
};

/** The mark's shape, as the map draws it. */
export function Sign({ mark }: { mark: keyof typeof SIGN }) {
  return (
    <svg class={`mark-${mark}`} viewBox="0 0 22 16" fill="none" stroke-width="2" aria-hidden="true">
      <path d={SIGN[mark]} stroke-dasharray={mark === 'wait' ? '3 2' : undefined} />
    </svg>
  );
}
