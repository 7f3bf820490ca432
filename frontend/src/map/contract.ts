/** What the pages tell the map, and what they hear back. Degrees are WGS84; azimuths clockwise from north. */
export type CameraMark = 'idle' | 'wait' | 'ok' | 'live' | 'exp' | 'stale' | 'off' | 'barred';

export interface MapCamera {
  id: string;
  number: number;
  name: string;
  lat: number;
  lon: number;
  azimuthDeg: number;
  /** 360 or more: sees all round. */
  openingDeg: number;
  reachM: number;
  mark: CameraMark;
  /** Its state as its tile says it; null: as the legend says its mark. */
  word: string | null;
  /** Why it cannot be had; null: it can. */
  reason: string | null;
  /** Whether it will be asked for; absent: that is not to choose. */
  ticked?: boolean;
  /** The number of its row and tile, drawn in the mark; null: none. */
  badge: number | null;
  selected: boolean;
}

export interface Place {
  lat: number;
  lon: number;
  precisionM: number;
}

export interface Point {
  lat: number;
  lon: number;
}

/** An area: with `radiusM` a circle around its one point, else the ring of its points, open while it is drawn. */
export interface Zone {
  kind: 'act' | 'crisis' | 'suspended' | 'draft';
  points: readonly Point[];
  radiusM: number | null;
  label: string | null;
}

export interface Quarter {
  name: string;
  lat: number;
  lon: number;
}

/** What lies under the cameras where one is configured; degrees west, south, east, north. `photo`: from the air. */
export interface Basemap {
  kind: 'vector_file' | 'raster_file' | 'raster_tiles';
  attribution: string;
  zoomMin: number;
  zoomMax: number;
  bounds: readonly number[] | null;
  photo: boolean;
}

/** The map's own words, in the page's language. `marks` without a word leave that mark out of the legend. */
export interface MapWords {
  zoomIn: string;
  zoomOut: string;
  recentre: string;
  legend: string;
  noBasemap: string;
  /** What the keys do, for whoever has the map under their keys. */
  keys: string;
  list: string;
  find: string;
  found(shown: number, of: number): string;
  tick: string;
  ticked: string;
  unticked: string;
  cannotTick: string;
  nth(n: number, of: number): string;
  noneInSight: string;
  pickedCentre: string;
  pickedCamera: string;
  marks: Partial<Record<CameraMark, string>>;
}

export interface CityMapProps {
  cameras: MapCamera[];
  place: Place | null;
  ringsM: number[];
  quarters: Quarter[];
  zones?: readonly Zone[];
  /** Where the keyboard would put the next point. */
  cursor?: Point | null;
  /** A place is chosen; while it may be, a click on a camera chooses the place there. */
  onPick?(lat: number, lon: number): void;
  /** A camera is to be asked for, or no longer. */
  onTick?(id: string): void;
  label: string;
  /** Never changes while the map is shown. */
  basemap?: Basemap | null;
  fit: 'place' | 'cameras' | 'zones' | 'all';
  /** French words when absent. */
  words?: MapWords;
}
