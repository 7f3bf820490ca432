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
  onPick?(lat: number, lon: number): void;
  onCamera?(id: string): void;
  label: string;
  /** Never changes while the map is shown. */
  basemap?: Basemap | null;
  fit: 'place' | 'cameras' | 'zones' | 'all';
  /** French words when absent. */
  words?: MapWords;
}
