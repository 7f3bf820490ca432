import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { room } from '../../state/store';
import { t } from '../../words';
import * as form from './form';
import { openIncidents } from './onwall';
import { type ChosenPlace, casesLike, coordinates, fromView } from './place';

const PAUSE_MS = 150;

interface Props {
  input: { current: HTMLInputElement | null };
  onChoose(place: ChosenPlace): void;
  /** Enter once more, on a place already chosen. */
  onEnter(): void;
}

/** One line of the list. */
interface Found {
  id: string;
  name: string;
  more: string;
  choose(): void;
}

/**
 * A combobox over open cases, streets, quarters, landmarks and cameras; typed coordinates are a place too.
 *
 * What is typed is held in signals: the next key may come before the page is drawn, and must find it all.
 */
export function PlaceSearch({ input, onChoose, onEnter }: Props) {
  const id = useId();
  /** What was typed since this place was chosen. */
  const draft = useSignal<{ since: ChosenPlace | null; text: string } | null>(null);
  const typed = () =>
    (draft.value?.since === form.place.value ? draft.value.text : form.place.value?.label) ?? '';
  /** The lines, and the text they answer: until the next answer they stay, but no key takes one of them. */
  const found = useSignal<{ of: string; lines: Found[] } | null>(null);
  const fresh = () => (found.value?.of === typed() ? found.value.lines : null);
  const lost = useSignal(false);
  const active = useSignal(0);
  const asked = useRef(0);
  /** Enter was pressed before the answer came: the first place found is meant. */
  const hurried = useRef(false);

  const choose = (act: () => void) => {
    asked.current++;
    found.value = null;
    act();
  };
  const choosePlace = (place: ChosenPlace) =>
    choose(() => {
      draft.value = null;
      onChoose(place);
    });
  const type = (text: string) => {
    draft.value = { since: form.place.value, text };
    active.value = 0;
    hurried.current = false;
    const mine = ++asked.current;
    if (text.trim().length < 2) {
      found.value = null;
      return;
    }
    const point = coordinates(text, t('placePoint'));
    if (point !== null) {
      const here: Found = { id: 'point', name: point.label, more: '', choose: () => choosePlace(point) };
      found.value = { of: text, lines: [...cases(text), here] };
      return;
    }
    setTimeout(async () => {
      if (asked.current !== mine) return;
      const places = await body(api.GET('/api/places', { params: { query: { q: text } } })).catch(() => null);
      if (asked.current !== mine || typed() !== text) return; // or a place was chosen elsewhere meanwhile
      lost.value = places === null;
      const all = [...cases(text), ...(places ?? []).map((place) => ofPlace(place, choosePlace))];
      if (hurried.current && all[0] !== undefined) choose(all[0].choose);
      else found.value = { of: text, lines: all };
    }, PAUSE_MS);
  };
  const enter = () => {
    const picked = fresh()?.[active.value];
    if (picked !== undefined) choose(picked.choose);
    else if (form.place.value !== null && typed() === form.place.value.label) onEnter();
    else hurried.current = true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = fresh()?.length ?? 0;
    if (event.key === 'ArrowDown' && count > 0) active.value = (active.value + 1) % count;
    else if (event.key === 'ArrowUp' && count > 0) active.value = (active.value + count - 1) % count;
    else if (event.key === 'Escape') found.value = null;
    else if (event.key === 'Enter') enter();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = found.value?.lines ?? null;
  const answers = fresh() !== null;
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
        aria-expanded={open !== null}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={fresh()?.length ? `${id}-${active.value}` : undefined}
        placeholder={t('placeHint')}
        value={typed()}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() =>
          setTimeout(() => {
            found.value = null;
          }, 150)
        }
      />
      {open !== null && (
        <div class="found" id={`${id}-list`} role="listbox" aria-label={t('place')}>
          {open.map((one, n) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox's input handles the keys
            <div
              key={one.id}
              id={`${id}-${n}`}
              role="option"
              tabIndex={-1}
              aria-selected={answers && n === active.value}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(one.choose)}
            >
              {one.name} <small>{one.more}</small>
            </div>
          ))}
          {(lost.value || open.length === 0) && (
            <p class="none" role="status">
              {t(lost.value ? 'placeLost' : 'placeNone')}
            </p>
          )}
        </div>
      )}
    </div>
  );
}

const cases = (typed: string): Found[] =>
  casesLike(typed, openIncidents(room.value)).map((incident) => ({
    id: incident.id,
    name: `${t('incident')} ${incident.number}`,
    more: [incident.case_ref, incident.place_label].filter(Boolean).join(' · '),
    choose: () => form.workOn(incident),
  }));

const ofPlace = (view: Schemas['PlaceView'], onChoose: (place: ChosenPlace) => void): Found => ({
  id: `${view.name} ${view.lat} ${view.lon}`,
  name: view.name,
  more: view.quarter,
  choose: () => onChoose(fromView(view)),
});
