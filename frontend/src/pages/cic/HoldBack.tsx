/** Which camera to hold back: found by number or name as one types, chosen and suspended by keys alone. */
import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { called } from '../../map/steps';
import type { Camera } from '../../state/store';
import { t } from '../../words';
import { suspend } from './decide';

/** As many as one reads: a city has thousands. */
const MOST = 20;

/** A combobox. What is typed is held in signals: the next key may come before the page is drawn. */
export function HoldBack({ known }: { known: readonly Camera[] }) {
  const id = useId();
  const typed = useSignal('');
  const chosen = useSignal<string | null>(null);
  const open = useSignal(false);
  const active = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const shown = open.value && typed.value.trim() !== '';
  const { rows, count } = useMemo(
    () => (shown ? called(known, typed.value, MOST) : { rows: [], count: 0 }),
    [known, typed.value, shown],
  );
  /** The one chosen, or the one whose whole number was typed. */
  const meant = () =>
    known.find(({ id, number }) =>
      chosen.value === null ? String(number) === typed.value.trim() : id === chosen.value,
    );
  useLayoutEffect(() => {
    const row = list.current?.querySelector('[aria-selected="true"]') ?? list.current;
    if (shown) row?.scrollIntoView({ block: 'nearest' });
  }, [shown, typed.value, active.value]);

  const type = (text: string) => {
    typed.value = text;
    chosen.value = null;
    active.value = 0;
    open.value = true;
  };
  const choose = (camera: Camera) => {
    typed.value = `${camera.number} ${camera.name}`;
    chosen.value = camera.id;
    open.value = false;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open.value || typed.value.trim() === '') return;
    // looked up anew: a key may come before what was typed last is drawn
    const { rows } = called(known, typed.value, MOST);
    const picked = rows[active.value];
    if (event.key === 'ArrowDown') active.value = (active.value + 1) % Math.max(1, rows.length);
    else if (event.key === 'ArrowUp')
      active.value = (active.value + rows.length - 1) % Math.max(1, rows.length);
    else if (event.key === 'Escape') open.value = false;
    // the whole number was typed: Enter holds that camera back, there is nothing to choose
    else if (event.key === 'Enter' && picked !== undefined && picked !== meant()) choose(picked);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const hold = async (event: Event) => {
    event.preventDefault();
    const camera = meant();
    if (camera !== undefined && (await suspend(camera.id))) type('');
  };
  return (
    <form class="search" onSubmit={(event) => void hold(event)}>
      <input
        type="text"
        list={undefined}
        // biome-ignore lint/a11y/noRedundantRoles: it is one only while it has a list attribute, which it has not
        role="combobox"
        autocomplete="off"
        aria-expanded={rows.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={rows.length > 0 ? `${id}-${active.value}` : undefined}
        aria-label={t('holdWhich')}
        placeholder={t('holdWhich')}
        value={typed.value}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          open.value = false;
        }}
      />
      <button type="submit" class="btn sm" disabled={meant() === undefined}>
        ‖ {t('suspend')}
      </button>
      {rows.length > 0 && (
        <div ref={list} class="found" id={`${id}-list`} role="listbox" aria-label={t('holdWhich')}>
          {rows.map((camera, n) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox's input handles the keys
            <div
              key={camera.id}
              id={`${id}-${n}`}
              role="option"
              tabIndex={-1}
              aria-selected={n === active.value}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(camera)}
            >
              <b class="num">{camera.number}</b> {camera.name}
            </div>
          ))}
        </div>
      )}
      <p class="muted" role="status">
        {shown && t(rows.length < count ? 'mapFoundMore' : 'mapFound', { shown: rows.length, of: count })}
      </p>
    </form>
  );
}
