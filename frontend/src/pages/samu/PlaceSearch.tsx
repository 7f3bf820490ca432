import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { t } from '../../words';
import { type ChosenPlace, coordinates, fromView } from './place';

const PAUSE_MS = 150;

interface Props {
  input: { current: HTMLInputElement | null };
  value: string;
  onChoose(place: ChosenPlace): void;
  /** Enter once more, on a place already chosen. */
  onEnter(): void;
}

/** A combobox over streets, quarters, landmarks and cameras; typed coordinates are a place too. */
export function PlaceSearch({ input, value, onChoose, onEnter }: Props) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  const [found, setFound] = useState<Schemas['PlaceView'][] | null>(null);
  const [active, setActive] = useState(0);
  const asked = useRef(0);
  useEffect(() => setTyped(value), [value]);

  const type = (text: string) => {
    setTyped(text);
    setActive(0);
    const mine = ++asked.current;
    if (text.trim().length < 2) {
      setFound(null);
      return;
    }
    setTimeout(async () => {
      if (asked.current !== mine) return;
      const places = await body(api.GET('/api/places', { params: { query: { q: text } } })).catch(() => []);
      if (asked.current === mine) setFound(places);
    }, PAUSE_MS);
  };
  const choose = (place: ChosenPlace) => {
    asked.current++;
    setFound(null);
    setTyped(place.label);
    onChoose(place);
  };
  const enter = () => {
    const point = typed === value ? null : coordinates(typed, t('placeFromMap'));
    const picked = found?.[active];
    if (point !== null) choose(point);
    else if (picked !== undefined) choose(fromView(picked));
    else if (value !== '' && typed === value) onEnter();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = found?.length ?? 0;
    if (event.key === 'ArrowDown' && count > 0) setActive((active + 1) % count);
    else if (event.key === 'ArrowUp' && count > 0) setActive((active + count - 1) % count);
    else if (event.key === 'Escape') setFound(null);
    else if (event.key === 'Enter') enter();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = found !== null;
  return (
    <div class="search">
      <label for={`${id}-input`}>{t('place')}</label>
      <input
        id={`${id}-input`}
        ref={input}
        type="text"
        list={undefined}
        // biome-ignore lint/a11y/noRedundantRoles: it is one only while it has a list attribute, which it has not
        role="combobox"
        autocomplete="off"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && found.length > 0 ? `${id}-${active}` : undefined}
        placeholder={t('placeHint')}
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => setTimeout(() => setFound(null), 150)}
      />
      {open && (
        <div class="found" id={`${id}-list`} role="listbox" aria-label={t('place')}>
          {found.map((place, n) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox's input handles the keys
            <div
              key={`${place.name}-${place.lat}`}
              id={`${id}-${n}`}
              role="option"
              tabIndex={-1}
              aria-selected={n === active}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(fromView(place))}
            >
              {place.name} <small>{place.quarter}</small>
            </div>
          ))}
          {found.length === 0 && <p class="none">{t('placeNone')}</p>}
        </div>
      )}
    </div>
  );
}
