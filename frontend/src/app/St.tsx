/** The state pill: shape, word and colour, so that none of the three is needed alone. */
import type { ComponentChildren } from 'preact';

export type StKind = 'live' | 'wait' | 'ok' | 'exp' | 'stale' | 'off' | 'idle';

/** State = shape + word + colour. The shape says as much as the colour. */
const SHAPES: Record<StKind, preact.JSX.Element> = {
  live: <circle cx="7" cy="7" r="5.5" fill="currentColor" />,
  wait: (
    <circle
      cx="7"
      cy="7"
      r="5.2"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-dasharray="3.2 2.2"
    />
  ),
  ok: <path d="M2 7.5l3.4 3.5L12 3.6" fill="none" stroke="currentColor" stroke-width="2.4" />,
  exp: (
    <path
      d="M2.5 1.5h9M2.5 12.5h9M3.5 1.5c0 4 7 7 7 11M10.5 1.5c0 4-7 7-7 11"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
    />
  ),
  stale: (
    <>
      <path d="M7 1L13.5 12.8H.5z" fill="currentColor" />
      <path d="M7 5v3.6M7 10v1.4" stroke="#1c0f05" stroke-width="1.7" />
    </>
  ),
  off: (
    <>
      <path
        d="M4.2.8h5.6l3.4 3.4v5.6l-3.4 3.4H4.2L.8 9.8V4.2z"
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
      />
      <path d="M4.6 4.6l4.8 4.8M9.4 4.6L4.6 9.4" stroke="currentColor" stroke-width="1.8" />
    </>
  ),
  idle: <circle cx="7" cy="7" r="3" fill="none" stroke="currentColor" stroke-width="1.6" />,
};

export function St({ kind, children }: { kind: StKind; children: ComponentChildren }) {
  return (
    <span class={`st ${kind}`}>
      <svg viewBox="0 0 14 14" aria-hidden="true">
        {SHAPES[kind]}
      </svg>
      <span>{children}</span>
    </span>
  );
}
