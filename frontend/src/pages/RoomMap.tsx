/** The map as both rooms use it: loaded late, in the page’s language, with each room’s legend. */
import type { Schemas } from '../api/client';
import { Awaited, useLate } from '../app/Later';
import type { Basemap, CameraMark, CityMapProps, MapCamera, Quarter } from '../map/contract';
import { type Camera, me } from '../state/store';
import { type Key, speakOfAll, t, tCode } from '../words';

const MARKS: Record<'samu' | 'cic', Partial<Record<CameraMark, Key>>> = {
  samu: {
    live: 'stLive',
    exp: 'stExpiring',
    stale: 'stStale',
    wait: 'stWait',
    ok: 'stConnecting',
    off: 'stEnded',
    idle: 'stNotAsked',
    barred: 'stBarred',
  },
  cic: {
    wait: 'stWait',
    live: 'stLive',
    exp: 'stExpiring',
    stale: 'stFault',
    idle: 'stNotAsked',
    barred: 'stBarred',
  },
};

/** The same lists each time: another one would be drawn anew, each second, with the clock. */
export const RINGS_M: number[] = [100, 300];
export const NO_RINGS: number[] = [];

/** The map is large and comes after the page. */
export function RoomMap({
  room,
  ...props
}: Omit<CityMapProps, 'words' | 'label' | 'basemap'> & { room: 'samu' | 'cic' }) {
  const { part, lost } = useLate(() => Promise.all([import('../map/CityMap'), speakOfAll()]));
  if (part === null) return <Awaited lost={lost} />;
  const [{ default: CityMap }] = part;
  const basemap = me.value?.basemap ?? null;
  const marks: Partial<Record<CameraMark, string>> = {};
  for (const [mark, key] of Object.entries(MARKS[room])) marks[mark as CameraMark] = t(key);
  return (
    <div class="mapbox">
      <CityMap
        {...props}
        label={t('map')}
        basemap={basemap && asBasemap(basemap)}
        words={{
          zoomIn: t('mapZoomIn'),
          zoomOut: t('mapZoomOut'),
          recentre: t('mapCentre'),
          legend: t('mapLegend'),
          noBasemap: t('mapNoBasemap'),
          keys: [t('mapKeys'), props.onPick && t('mapKeysPick'), props.onTick && t('mapKeysTick')]
            .filter(Boolean)
            .join(' · '),
          list: t('mapList'),
          find: t('mapFind'),
          found: (shown, of) => t(shown < of ? 'mapFoundMore' : 'mapFound', { shown, of }),
          tick: t('mapTick'),
          ticked: t('mapTicked'),
          unticked: t('mapUnticked'),
          cannotTick: t('mapCannotTick'),
          nth: (n, of) => t('mapNth', { n, of }),
          noneInSight: t('mapNoneInSight'),
          pickedCentre: t('mapPickedCentre'),
          pickedCamera: t('mapPickedCamera'),
          marks,
        }}
      />
    </div>
  );
}

/** Synthetic cameras stand on the map only where an exercise asks for them. */
export const standsFor = (exercise: boolean) => (camera: Camera) => camera.synthetic === exercise;

const asBasemap = (told: Schemas['BasemapView']): Basemap => ({
  kind: told.kind,
  attribution: told.attribution,
  zoomMin: told.zoom_min,
  zoomMax: told.zoom_max,
  bounds: told.bounds,
  photo: told.photo,
});

export const asMapCamera = (camera: Camera, mark: CameraMark, badge: number | null = null): MapCamera => ({
  id: camera.id,
  number: camera.number,
  name: camera.name,
  lat: camera.lat,
  lon: camera.lon,
  azimuthDeg: camera.azimuth_deg,
  openingDeg: camera.opening_deg,
  reachM: camera.reach_m,
  mark: mark === 'idle' && !camera.shareable ? 'barred' : mark,
  word: null,
  reason: camera.shareable ? null : tCode('not_', camera.not_shareable ?? '', 'stBarred'),
  badge,
  selected: false,
});

/** Quarters with the centre of their cameras: where the name is written. */
export function quarters(all: Iterable<Camera>): Quarter[] {
  const sums = new Map<string, [number, number, number]>();
  for (const camera of all) {
    const [lat, lon, n] = sums.get(camera.quarter) ?? [0, 0, 0];
    sums.set(camera.quarter, [lat + camera.lat, lon + camera.lon, n + 1]);
  }
  return [...sums].map(([name, [lat, lon, n]]) => ({ name, lat: lat / n, lon: lon / n }));
}
