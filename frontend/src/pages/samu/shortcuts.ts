import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { keep, kept } from '../../state/kept';

const KEPT = 'shortcuts';

/** Whether single keys act (WCAG 2.1.4: they can be switched off). */
export const shortcuts = signal(kept(KEPT) !== 'off');

export function setShortcuts(on: boolean): void {
  keep(KEPT, on ? 'on' : 'off');
  shortcuts.value = on;
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.matches('input:not([type=checkbox]), select, textarea') || target.closest('dialog') !== null);

/** Calls `onKey` for keys pressed outside of fields and dialogs; true: the key was used. */
export function useShortcuts(onKey: (event: KeyboardEvent) => boolean): void {
  const current = useRef(onKey);
  current.current = onKey;
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!shortcuts.value || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!typing(event.target) && current.current(event)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
