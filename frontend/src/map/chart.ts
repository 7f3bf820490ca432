/**
 * The map on its element: OpenLayers keeps the view (pan, zoom, keys, touch, size), `drawing.ts` paints it.
 * One canvas layer of our own; a basemap, where one is configured, is a layer below it that comes later, or not.
 */

import { defaults } from 'ol/interaction/defaults';
import Layer from 'ol/layer/Layer';
import type { FrameState } from 'ol/Map';
import OlMap from 'ol/Map';
import type MapBrowserEvent from 'ol/MapBrowserEvent';
import { fromLonLat, toLonLat, transformExtent } from 'ol/proj';
import View from 'ol/View';
import type { Health, Underlay } from './basemap';
import type { Basemap, CityMapProps, MapCamera, Point, Zone } from './contract';
import { draw, type Shown } from './drawing';
import { bounds, groundMetres, mercator, nearest, type Spot } from './geometry';
import { isSmall } from './marks';
import { onThemeChange, type Palette, readPalette } from './palette';

const TOUCH_PX = 20;
const CITY = { lat: 43.6045, lon: 1.444 };
const LEAST_VIEW_M = 300;

export interface Heard {
  /** A click or tap, with the camera it met; null: none. */
  onClick(camera: string | null, lat: number, lon: number): void;
  /** The camera under the pointer, and where on the element; null: none. */
  onHover(id: string | null, x: number, y: number): void;
  /** Whether the configured basemap is there. */
  onBasemap(health: Health): void;
}

export class Chart {
  readonly #map: OlMap;
  readonly #canvas = document.createElement('canvas');
  readonly #unwatch: () => void;
  #palette: Palette;
  #shown: Shown = { cameras: [], place: null, ringsM: [], quarters: [] };
  #fit: CityMapProps['fit'] = 'all';
  #fitted = '';
  /** Centre and resolution that the last fit came to; null: on its way, or none yet; empty: somebody stopped it. */
  #rest: readonly number[] | null = null;
  /** Where the cameras in sight are: asked for by a pointer, not by each picture of a map that moves. */
  #spots: () => readonly Spot[] = () => [];
  #underlay: Underlay | null = null;
  #closed = false;
  #drawn = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly heard: Heard,
    private readonly basemap: Basemap | null = null,
  ) {
    this.#palette = readPalette(element);
    this.#canvas.style.position = 'absolute';
    const layer = new Layer({ render: (frame) => this.#paint(frame as FrameState) });
    this.#map = new OlMap({
      target: element,
      layers: [layer],
      controls: [],
      interactions: defaults({ altShiftDragRotate: false, pinchRotate: false, doubleClickZoom: false }),
      view: new View({
        center: fromLonLat([CITY.lon, CITY.lat]),
        zoom: 13,
        minZoom: 9,
        maxZoom: 19.5,
        enableRotation: false,
      }),
    });
    this.#map.on('click', (event) => this.#clicked(event));
    this.#map.on('pointermove', (event) => this.#moved(event));
    this.#map.on('change:size', () => {
      if (!this.#movedByHand()) this.#fitted = '';
      this.#fitOnce();
    });
    // a name must not stay behind when its camera moves away under it
    this.#map.on('movestart', this.#left);
    element.addEventListener('pointerleave', this.#left);
    this.#unwatch = onThemeChange(() => this.#restyle());
    void document.fonts?.ready.then(() => this.#map.render());
    if (basemap !== null) void this.#lay(basemap);
  }

  /** Whoever has no basemap never loads what draws one. */
  async #lay(basemap: Basemap): Promise<void> {
    const { Underlay } = await import('./basemap');
    const underlay = await Underlay.open(basemap, this.#palette, (health) => {
      this.heard.onBasemap(health);
      this.#map.render();
    });
    if (this.#closed) return underlay.close();
    this.#underlay = underlay;
    underlay.restyle(this.#palette);
    this.#map.getLayers().insertAt(0, underlay.layer);
  }

  show(shown: Shown, fit: CityMapProps['fit']): void {
    const moved = shown.cursor && shown.cursor !== this.#shown.cursor ? shown.cursor : null;
    this.#shown = shown;
    this.#fit = fit;
    this.#fitOnce();
    if (moved !== null && this.#drawn) this.lookAt(moved);
    this.#map.render();
  }

  zoom(by: 1 | -1): void {
    const view = this.#map.getView();
    view.animate({ zoom: (view.getZoom() ?? 13) + by, duration: unhurriedMs() });
  }

  centre(): Point {
    const [lon = CITY.lon, lat = CITY.lat] = toLonLat(this.#map.getView().getCenter() ?? [0, 0]);
    return { lat, lon };
  }

  inSight(cameras: readonly MapCamera[]): readonly MapCamera[] {
    return cameras.filter((camera) => this.#pixel(camera).inside);
  }

  /** Brings a camera into sight where it is not; answers where on the element it then is. */
  lookAt(camera: Point): { x: number; y: number } {
    if (!this.#pixel(camera).inside) {
      this.#map.getView().setCenter(fromLonLat([camera.lon, camera.lat]));
      this.#map.renderSync();
    }
    const { x, y } = this.#pixel(camera);
    return { x, y };
  }

  #pixel({ lat, lon }: Point): { x: number; y: number; inside: boolean } {
    const [width = 0, height = 0] = this.#map.getSize() ?? [];
    const view = this.#map.getView();
    const [x0 = 0, y0 = 0] = view.getCenter() ?? [];
    const [px, py] = mercator(lat, lon);
    const resolution = view.getResolution() ?? 1;
    const [x, y] = [(px - x0) / resolution + width / 2, (y0 - py) / resolution + height / 2];
    return { x, y, inside: x >= 0 && y >= 0 && x <= width && y <= height };
  }

  recentre(): void {
    this.#fitted = '';
    this.#fitOnce();
  }

  close(): void {
    this.#closed = true;
    this.#underlay?.close();
    this.#unwatch();
    this.element.removeEventListener('pointerleave', this.#left);
    this.#map.setTarget(undefined);
    this.#map.dispose();
  }

  readonly #left = () => this.heard.onHover(null, 0, 0);

  #restyle(): void {
    this.#palette = readPalette(this.element);
    this.#underlay?.restyle(this.#palette);
    this.#map.render();
  }

  /** Whether it looks elsewhere than the last fit did: a panel of another size then leaves it where it looks. */
  #movedByHand(): boolean {
    const view = this.#map.getView();
    const looks = [...(view.getCenter() ?? []), view.getResolution()];
    return this.#rest !== null && looks.some((value, n) => value !== this.#rest?.[n]);
  }

  /** Looks where `fit` says, once for each thing to fit: a view somebody moved is not taken from their hands. */
  #fitOnce(): void {
    const [size, points] = [this.#map.getSize(), this.#pointsToFit()];
    const key = `${this.#fit} ${points.map((p) => `${p.lat},${p.lon}`).join(' ')}`;
    if (size === undefined || !size[0] || !size[1] || key === this.#fitted) return;
    const box = bounds(
      points,
      this.#fit === 'place' ? Math.max(LEAST_VIEW_M, ...this.#shown.ringsM) * 1.1 : 150,
    );
    if (box === null) return;
    const first = this.#fitted === '';
    this.#fitted = key;
    const extent = transformExtent([box.west, box.south, box.east, box.north], 'EPSG:4326', 'EPSG:3857');
    const view = this.#map.getView();
    const duration = first ? 0 : unhurriedMs();
    this.#rest = null;
    const over = (whole: boolean) => {
      this.#rest = whole ? [...(view.getCenter() ?? []), view.getResolution() ?? 0] : [];
    };
    const callback = duration > 0 ? { callback: over } : {};
    view.fit(extent, { size, padding: [28, 28, 28, 28], maxZoom: 18, duration, ...callback });
    if (duration === 0) over(true);
  }

  #pointsToFit(): readonly Point[] {
    const { cameras, place, zones = [] } = this.#shown;
    if (this.#fit === 'zones') return zones.flatMap((zone) => (zone.kind === 'act' ? [] : reach(zone)));
    if (this.#fit === 'place' && place !== null) return [place];
    const busy = cameras.filter((camera) => !isSmall(camera));
    const wanted = this.#fit === 'all' || busy.length === 0 ? cameras : busy;
    return place === null ? wanted : [...wanted, place];
  }

  #paint(frame: FrameState): HTMLElement {
    this.#drawn = true;
    const [width = 0, height = 0] = frame.size;
    const dense = frame.pixelRatio;
    const { scale } = this.#palette;
    resize(this.#canvas, width, height, dense);
    const canvas = this.#canvas.getContext('2d', { alpha: this.basemap !== null });
    if (canvas === null) return this.#canvas;
    canvas.setTransform(dense * scale, 0, 0, dense * scale, 0, 0);
    const under = this.#underlay?.shows(frame.viewState.zoom) ?? false;
    const sight = this.#sight(frame, width, height);
    const spots = draw(canvas, sight, this.#shown, this.#palette, decimal(), under);
    let known: Spot[] | null = null;
    this.#spots = () => {
      known ??= spots().map(({ id, x, y }) => ({ id, x: x * scale, y: y * scale }));
      return known;
    };
    return this.#canvas;
  }

  #sight(frame: FrameState, width: number, height: number) {
    const { scale } = this.#palette;
    const { center, resolution } = frame.viewState;
    const [west, south, east, north] = transformExtent(
      frame.extent ?? [0, 0, 0, 0],
      'EPSG:3857',
      'EPSG:4326',
    );
    const [x0 = 0, y0 = 0] = center;
    const lat = toLonLat(center)[1] ?? CITY.lat;
    return {
      toPx: (latDeg: number, lonDeg: number) => {
        const [x, y] = mercator(latDeg, lonDeg);
        return [
          ((x - x0) / resolution + width / 2) / scale,
          ((y0 - y) / resolution + height / 2) / scale,
        ] as const;
      },
      bounds: { south: south ?? 0, west: west ?? 0, north: north ?? 0, east: east ?? 0 },
      width: width / scale,
      height: height / scale,
      metresPerPx: resolution * groundMetres(lat) * scale,
    };
  }

  #under(event: MapBrowserEvent): Spot | null {
    const [x = 0, y = 0] = event.pixel;
    return nearest(this.#spots(), x, y, TOUCH_PX * this.#palette.scale);
  }

  #clicked(event: MapBrowserEvent): void {
    const spot = this.#under(event);
    if (spot !== null) this.heard.onHover(spot.id, spot.x, spot.y);
    const [lon = 0, lat = 0] = toLonLat(event.coordinate);
    this.heard.onClick(spot?.id ?? null, lat, lon);
  }

  #moved(event: MapBrowserEvent): void {
    const spot = event.dragging ? null : this.#under(event);
    this.heard.onHover(spot?.id ?? null, spot?.x ?? 0, spot?.y ?? 0);
  }
}

/** The points of a ring, or the four ends of a circle. */
function reach({ points, radiusM }: Zone): readonly Point[] {
  if (radiusM === null) return points;
  return points.flatMap((point) => {
    const box = bounds([point], radiusM);
    if (box === null) return [];
    return [
      { lat: box.south, lon: box.west },
      { lat: box.north, lon: box.east },
    ];
  });
}

function resize(canvas: HTMLCanvasElement, width: number, height: number, dense: number): void {
  const [w, h] = [Math.round(width * dense), Math.round(height * dense)];
  if (canvas.width === w && canvas.height === h) return;
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

function decimal(): ',' | '.' {
  return document.documentElement.lang.startsWith('en') ? '.' : ',';
}

function unhurriedMs(): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200;
}
