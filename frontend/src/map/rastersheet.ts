/** A basemap of pictures: of the archive, or another's, which the service reads for us. */
import TileLayer from 'ol/layer/Tile';
import ImageTile from 'ol/source/ImageTile';
import { archiveReader } from './archive';
import { extentOf, gridOf, leastZoom, type Sheet, type Told } from './basemap';
import type { Basemap } from './contract';
import type { Palette } from './palette';

export function rasterSheet(basemap: Basemap, palette: Palette, told: Told): Sheet {
  const read = basemap.kind === 'raster_file' ? archiveReader() : overService;
  let filter = filterOf(basemap, palette);
  const sourced = () =>
    new ImageTile({
      tileGrid: gridOf(basemap),
      transition: 0,
      loader: async (z, x, y) => {
        try {
          const bytes = await read(z, x, y);
          const picture = bytes === null ? blank() : await toned(bytes, filter);
          told(true);
          return picture;
        } catch (error) {
          told(false);
          throw error;
        }
      },
    });
  const extent = extentOf(basemap);
  const layer = new TileLayer({ source: sourced(), minZoom: leastZoom(basemap), ...(extent && { extent }) });
  // A source that is refreshed keeps the tiles it has (OpenLayers 10.11): another one begins anew.
  const again = () => layer.setSource(sourced());
  return {
    layer,
    restyle(next) {
      filter = filterOf(basemap, next);
      again();
    },
    again,
  };
}

async function overService(z: number, x: number, y: number): Promise<ArrayBuffer | null> {
  const answer = await fetch(`/api/map/tiles/${z}/${x}/${y}`);
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`a map tile: ${answer.status}`);
  return answer.arrayBuffer();
}

/**
 * What tones a map down so that the marks stand out: light paper becomes dark and keeps its hues; a photograph
 * turned over would be none, and is dimmed.
 */
export function filterOf({ photo }: Pick<Basemap, 'photo'>, { dark }: Pick<Palette, 'dark'>): string {
  if (!dark) return photo ? 'saturate(0.5) brightness(1.1) contrast(0.75)' : 'saturate(0.5) contrast(0.9)';
  if (photo) return 'saturate(0.4) brightness(0.4)';
  return 'invert(1) hue-rotate(180deg) saturate(0.45) brightness(0.75) contrast(0.85)';
}

/** Once for each tile, not in each picture. */
async function toned(bytes: ArrayBuffer, filter: string): Promise<HTMLCanvasElement> {
  const picture = await createImageBitmap(new Blob([bytes]));
  const canvas = blank(picture.width, picture.height);
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('no canvas');
  context.filter = filter;
  context.drawImage(picture, 0, 0);
  picture.close();
  return canvas;
}

function blank(width = 1, height = 1): HTMLCanvasElement {
  return Object.assign(document.createElement('canvas'), { width, height });
}
