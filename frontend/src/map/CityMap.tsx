import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Health } from './basemap';
import { CameraList, stateOf } from './CameraList';
import { Chart, type Heard } from './chart';
import type { CameraMark, CityMapProps, MapCamera, Zone } from './contract';
import './map.css';
import { Sign } from './Sign';
import { fromNear, stepped } from './steps';
import { FRENCH } from './words';

const LEGEND: readonly CameraMark[] = ['live', 'exp', 'stale', 'wait', 'ok', 'off', 'idle', 'barred'];
const ALWAYS: ReadonlySet<CameraMark> = new Set(['live', 'exp', 'stale', 'wait', 'off', 'idle']);
const NAME_BELOW_PX = 64;
const NONE: readonly Zone[] = [];

/** The city and its cameras. Load it lazily: it brings OpenLayers. It fills its parent, which gives it a size. */
export default function CityMap(props: CityMapProps) {
  const { cameras, place, ringsM, quarters, zones = NONE, cursor = null, fit, label, words = FRENCH } = props;
  const { basemap = null } = props;
  const [health, setHealth] = useState<Health>('coming');
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [hovered, hover] = useState<{ id: string; x: number; y: number } | null>(null);
  const [list, setList] = useState(false);
  const [said, say] = useState('');
  /** The cameras in sight by distance, while one steps through them: the map does not reorder them underway. */
  const order = useRef<readonly MapCamera[]>([]);
  const ticks = useRef<(id: string) => void>(() => undefined);
  const listButton = useRef<HTMLButtonElement>(null);
  const help = useId();

  useEffect(() => {
    if (element.current === null) return;
    const heard: Heard = {
      onClick: (camera, lat, lon) => {
        const { onPick, onTick } = latest.current;
        // Where a place is chosen cameras must not be in the way: a dense city leaves no free ground.
        if (onPick !== undefined) onPick(lat, lon);
        else if (camera !== null && onTick !== undefined) ticks.current(camera);
      },
      onHover: (id, x, y) =>
        hover((was) =>
          id === null ? null : was?.id === id && was.x === x && was.y === y ? was : { id, x, y },
        ),
      onBasemap: setHealth,
    };
    const made = new Chart(element.current, heard, basemap);
    chart.current = made;
    return () => made.close();
  }, []);
  useEffect(
    () => chart.current?.show({ cameras, place, ringsM, quarters, zones, cursor }, fit),
    [cameras, place, ringsM, quarters, zones, cursor, fit],
  );

  const told = (camera: MapCamera) =>
    `${camera.badge ?? camera.number} · ${camera.name} · ${stateOf(camera, words)}`;
  const look = (camera: MapCamera) => {
    const at = chart.current?.lookAt(camera);
    if (at !== undefined) hover({ id: camera.id, ...at });
  };
  const step = (by: 1 | -1) => {
    const made = chart.current;
    if (made === null) return;
    const inOrder = order.current;
    const at = inOrder.findIndex(({ id }) => id === hovered?.id);
    if (at < 0) order.current = fromNear(made.inSight(cameras), made.centre());
    const next = stepped(order.current.length, at, by);
    const camera = cameras.find(({ id }) => id === order.current[next]?.id);
    if (camera === undefined) return say(words.noneInSight);
    look(camera);
    say(`${told(camera)} · ${words.nth(next + 1, order.current.length)}`);
  };
  const tick = (id: string) => {
    const camera = cameras.find((one) => one.id === id);
    if (camera?.ticked === undefined) return say(words.cannotTick);
    props.onTick?.(id);
    say(`${camera.number} · ${camera.name} · ${camera.ticked ? words.unticked : words.ticked}`);
  };
  ticks.current = tick;
  /** What the mouse does on the map. Arrows, + and − are the view's own (`chart.ts`). */
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const made = chart.current;
    if (event.key === 'PageDown') step(1);
    else if (event.key === 'PageUp') step(-1);
    else if (event.key === 'Home') made?.recentre();
    else if (event.key === 'Escape' && hovered !== null) hover(null);
    else if (event.key === ' ' && hovered !== null && props.onTick !== undefined) tick(hovered.id);
    else if (event.key === 'Enter' && props.onPick !== undefined && made !== null) {
      const camera = cameras.find(({ id }) => id === hovered?.id);
      const { lat, lon } = camera ?? made.centre();
      props.onPick(lat, lon);
      say(camera === undefined ? words.pickedCentre : words.pickedCamera);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const named = hovered === null ? undefined : cameras.find((camera) => camera.id === hovered.id);
  const marks = LEGEND.filter(
    (mark) => words.marks[mark] !== undefined && (ALWAYS.has(mark) || cameras.some((c) => c.mark === mark)),
  );
  return (
    <div class={named === undefined ? 'city-map' : 'city-map on-camera'}>
      <div
        class="city-map-view"
        ref={element}
        role="application"
        aria-label={label}
        aria-describedby={help}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move it and step through it when it has the focus
        tabIndex={0}
        onKeyDown={onKeyDown}
      />
      {props.onPick !== undefined && cursor === null && <div class="city-map-cross" aria-hidden="true" />}
      <p class="city-map-keys" id={help}>
        {words.keys}
      </p>
      <p class="sr" role="status">
        {said}
      </p>
      {hovered !== null && named !== undefined && (
        <div
          class={hovered.y < NAME_BELOW_PX ? 'city-map-name below' : 'city-map-name'}
          style={nameAt(hovered, element.current)}
        >
          {named.badge ?? named.number} · {named.name}
          {(named.word !== null || named.reason !== null || named.ticked === true) && (
            <small>{stateOf(named, words)}</small>
          )}
        </div>
      )}
      <div class="city-map-tools">
        <button
          type="button"
          aria-label={words.zoomIn}
          title={words.zoomIn}
          onClick={() => chart.current?.zoom(1)}
        >
          +
        </button>
        <button
          type="button"
          aria-label={words.zoomOut}
          title={words.zoomOut}
          onClick={() => chart.current?.zoom(-1)}
        >
          −
        </button>
        <button
          type="button"
          aria-label={words.recentre}
          title={words.recentre}
          onClick={() => chart.current?.recentre()}
        >
          <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
            <circle cx="10" cy="10" r="5" />
            <path d="M10 1v4M10 15v4M1 10h4M15 10h4" />
          </svg>
        </button>
        <button
          ref={listButton}
          type="button"
          aria-label={words.list}
          title={words.list}
          aria-expanded={list}
          onClick={() => setList(!list)}
        >
          <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
            <path d="M7 5h10M7 10h10M7 15h10M3 5h1M3 10h1M3 15h1" />
          </svg>
        </button>
      </div>
      {list && (
        <CameraList
          cameras={cameras}
          words={words}
          onLook={(camera) => {
            setList(false);
            order.current = [];
            element.current?.focus();
            look(camera);
            say(told(camera));
          }}
          onTick={props.onTick === undefined ? undefined : tick}
          onClose={() => {
            setList(false);
            listButton.current?.focus();
          }}
        />
      )}
      <ul class="city-map-legend" aria-label={words.legend}>
        {marks.map((mark) => (
          <li key={mark}>
            <Sign mark={mark} /> {words.marks[mark]}
          </li>
        ))}
        {cameras.some(({ ticked }) => ticked === true) && (
          <li>
            <Sign mark="ticked" /> {words.ticked}
          </li>
        )}
      </ul>
      {basemap !== null && (
        <p class="city-map-credit" role="status">
          {health === 'gone' ? words.noBasemap : basemap.attribution}
        </p>
      )}
    </div>
  );
}

/** Shifted left by as much of its own width as its camera is across the map: it never leaves the sides. */
function nameAt({ x, y }: { x: number; y: number }, map: HTMLElement | null) {
  const across = map === null || map.clientWidth === 0 ? 50 : (x / map.clientWidth) * 100;
  return { left: `${across}%`, top: `${y}px`, '--across': `${-across}%` };
}
