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
  target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea');
/** Wherever the focus is: it falls out of a dialog whose button goes. */
export const inDialog = (): boolean => document.querySelector('dialog[open]') !== null;

export const modified = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey || event.altKey;

/** Nothing of the room has the focus but the page itself, a request or a tile: Space presses nothing there. */
export const here = (event: KeyboardEvent): boolean =>
  event.target instanceof HTMLElement && event.target.matches('body, .req, .tile');

/**
 * What a key says, whatever Caps Lock and the layout make of it: a letter is small unless Shift is held, and the row of
 * digits says digits, which on AZERTY it does with Shift only.
 */
export function keyOf(event: KeyboardEvent): string {
  const { key, code, shiftKey } = event;
  if (key.length !== 1) return key;
  const digit = shiftKey || modified(event) ? null : /^(?:Digit|Numpad)(\d)$/.exec(code);
  return digit?.[1] ?? (shiftKey ? key.toUpperCase() : key.toLowerCase());
}

/** Calls `onKey` for keys pressed outside of fields and dialogs; true: the key was used. */
export function useShortcuts(onKey: (event: KeyboardEvent) => boolean): void {
  const current = useRef(onKey);
  current.current = onKey;
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!shortcuts.value || event.repeat || modified(event) || typing(event.target) || inDialog()) return;
      if (current.current(event)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
