import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';

const HOLD_MS = 1000;

/** A button that acts after it was held for a second, by pointer or by Space/Enter. */
export function Hold({
  onHeld,
  disabled,
  title,
  children,
}: {
  onHeld(): void;
  disabled: boolean;
  title?: string | undefined;
  children: ComponentChildren;
}) {
  const [held, setHeld] = useState(false);
  const timer = useRef(0);
  const start = () => {
    if (disabled || timer.current !== 0) return;
    setHeld(true);
    timer.current = window.setTimeout(() => {
      stop();
      onHeld();
    }, HOLD_MS);
  };
  const stop = () => {
    clearTimeout(timer.current);
    timer.current = 0;
    setHeld(false);
  };
  const key = (event: KeyboardEvent) => event.key === ' ' || event.key === 'Enter';
  return (
    <button
      type="button"
      class={`btn kill ${held ? 'held' : ''}`}
      disabled={disabled}
      title={title}
      onPointerDown={(event) => event.button === 0 && start()}
      onPointerUp={stop}
      onPointerLeave={stop}
      onBlur={stop}
      onKeyDown={(event) => {
        if (key(event)) {
          event.preventDefault();
          start();
        }
      }}
      onKeyUp={(event) => key(event) && stop()}
    >
      {children}
    </button>
  );
}
