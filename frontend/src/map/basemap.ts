/**
 * The basemap under the cameras, loaded only where one is configured. Until its first tile is there, and while its
 * source does not answer, the schematic ground is drawn instead: `Health` says which.
 */
import type BaseLayer from 'ol/layer/Base';
import { transformExtent } from 'ol/proj';
import { createXYZ } from 'ol/tilegrid';
import type { Basemap } from './contract';
import type { Palette } from './palette';

export type Health = 'coming' | 'there' | 'gone';

/** What a kind of basemap is made of. `restyle`: the theme changed. `again`: its source may answer again. */
export interface Sheet {
  layer: BaseLayer;
  restyle(palette: Palette): void;
  again(): void;
}
/** What a sheet tells of each tile. */
export type Told = (good: boolean) => void;

const LOSSES = 3;
const AGAIN_MS = 30_000;

export class Underlay {
  #sheet: Sheet | null = null;
  #palette: Palette | null = null;
  #health: Health = 'coming';
  #losses = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    private readonly basemap: Basemap,
    private readonly changed: (health: Health) => void,
  ) {}

  static async open(
    basemap: Basemap,
    palette: Palette,
    changed: (health: Health) => void,
  ): Promise<Underlay> {
    const made = new Underlay(basemap, changed);
    const told: Told = (good) => made.told(good);
    made.#palette = palette;
    made.#sheet =
      basemap.kind === 'vector_file'
        ? (await import('./vectorsheet')).vectorSheet(basemap, palette, told)
        : (await import('./rastersheet')).rasterSheet(basemap, palette, told);
    return made;
  }

  get layer(): BaseLayer {
    if (this.#sheet === null) throw new Error('not open');
    return this.#sheet.layer;
  }

  /** Whether it covers the ground at this zoom. */
  shows(zoom: number): boolean {
    return this.#health === 'there' && zoom > leastZoom(this.basemap);
  }

  restyle(palette: Palette): void {
    if (palette === this.#palette) return;
    this.#palette = palette;
    this.#sheet?.restyle(palette);
  }

  /** One tile came, or could not be had. Some may be lost; none in a row is a source that does not answer. */
  told(good: boolean): void {
    this.#losses = good ? 0 : this.#losses + 1;
    if (good) this.#become('there');
    else if (this.#losses >= LOSSES) this.#become('gone');
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #become(health: Health): void {
    if (health === 'gone' && this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#losses = LOSSES - 1;
        this.#sheet?.again();
      }, AGAIN_MS);
    }
    if (health === this.#health) return;
    this.#health = health;
    this.#sheet?.layer.setOpacity(health === 'gone' ? 0 : 1);
    this.changed(health);
  }
}

/** Below it a room would load hundreds of tiles. */
export const leastZoom = ({ zoomMin }: Basemap): number => zoomMin - 1;

export const gridOf = ({ zoomMin, zoomMax }: Basemap) => createXYZ({ minZoom: zoomMin, maxZoom: zoomMax });

export const extentOf = ({ bounds }: Basemap): number[] | undefined =>
  bounds === null ? undefined : transformExtent([...bounds], 'EPSG:4326', 'EPSG:3857');
