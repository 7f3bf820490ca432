import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { MapCamera, MapWords } from './contract';
import { Sign } from './Sign';
import { listed } from './steps';

const MOST = 60;

interface Props {
  cameras: readonly MapCamera[];
  words: MapWords;
  /** Goes to it on the map. */
  onLook(camera: MapCamera): void;
  onTick?: ((id: string) => void) | undefined;
  onClose(): void;
}

/** The map as a list: every camera it shows, its state in words, and why one cannot be had. */
export function CameraList({ cameras, words, onLook, onTick, onClose }: Props) {
  const search = useRef<HTMLInputElement>(null);
  const [typed, type] = useState('');
  useEffect(() => search.current?.focus(), []);
  const { rows, count } = useMemo(() => listed(cameras, typed, MOST), [cameras, typed]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    event.preventDefault();
    onClose();
  };
  return (
    <section class="city-map-list" aria-label={words.list} onKeyDown={onKeyDown}>
      <input
        ref={search}
        type="text"
        value={typed}
        aria-label={words.find}
        placeholder={words.find}
        onInput={(event) => type(event.currentTarget.value)}
      />
      <p role="status">{words.found(rows.length, count)}</p>
      <ul>
        {rows.map((camera) => (
          <li key={camera.id}>
            <button type="button" aria-current={camera.selected} onClick={() => onLook(camera)}>
              <Sign mark={camera.mark} />
              <span>
                <b class={camera.badge === null ? undefined : 'badge'}>{camera.badge ?? camera.number}</b>{' '}
                {camera.name}
                <small>{stateOf(camera, words)}</small>
              </span>
            </button>
            {onTick !== undefined && camera.ticked !== undefined && (
              <input
                type="checkbox"
                checked={camera.ticked}
                aria-label={`${words.tick} ${camera.number} ${camera.name}`}
                onChange={() => onTick(camera.id)}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** In words, with the reason where it cannot be had. */
export const stateOf = ({ mark, word, reason, ticked }: MapCamera, words: MapWords): string =>
  [word ?? words.marks[mark], reason, ticked === true ? words.ticked : null].filter(Boolean).join(' · ');
