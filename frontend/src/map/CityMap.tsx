import { useEffect, useRef, useState } from 'preact/hooks';
import type { Health } from './basemap';
import { Chart, type Heard } from './chart';
import type { CameraMark, CityMapProps, Zone } from './contract';
import './map.css';
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

  useEffect(() => {
    if (element.current === null) return;
    const heard: Heard = {
      onClick: (camera, lat, lon) => {
        const { onCamera, onPick } = latest.current;
        // Where cameras choose nothing they must not be in the way: a dense city leaves no free ground.
        if (camera !== null && onCamera !== undefined) onCamera(camera);
        else onPick?.(lat, lon);
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

  const named = hovered === null ? undefined : cameras.find((camera) => camera.id === hovered.id);
  const marks = LEGEND.filter(
    (mark) => words.marks[mark] !== undefined && (ALWAYS.has(mark) || cameras.some((c) => c.mark === mark)),
  );
  return (
    <div class={named === undefined ? 'city-map' : 'city-map on-camera'}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: arrows pan and + − zoom when it has the focus */}
      <div class="city-map-view" ref={element} role="application" aria-label={label} tabIndex={0} />
      {hovered !== null && named !== undefined && (
        <div
          class={hovered.y < NAME_BELOW_PX ? 'city-map-name below' : 'city-map-name'}
          style={nameAt(hovered, element.current)}
        >
          {named.badge ?? named.number} · {named.name}
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
      </div>
      <ul class="city-map-legend" aria-label={words.legend}>
        {marks.map((mark) => (
          <li key={mark}>
            <Sign mark={mark} /> {words.marks[mark]}
          </li>
        ))}
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

const SIGN: Record<CameraMark, string> = {
  live: 'M5 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0',
  exp: 'M4 8a7 7 0 1 0 14 0a7 7 0 1 0 -14 0M7.4 8a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0',
  stale: 'M11 1.5l7 12.5H4z',
  wait: 'M5 8a6 6 0 1 0 12 0a6 6 0 1 0 -12 0',
  ok: 'M5 8l4.5 4.5L17 4',
  off: 'M5 2h12v12H5zM5 14L17 2',
  idle: 'M7.6 8a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0',
  barred: 'M7 8a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M8 11l6 -6',
};

function Sign({ mark }: { mark: CameraMark }) {
  return (
    <svg class={`mark-${mark}`} viewBox="0 0 22 16" fill="none" stroke-width="2" aria-hidden="true">
      <path d={SIGN[mark]} stroke-dasharray={mark === 'wait' ? '3 2' : undefined} />
    </svg>
  );
}
