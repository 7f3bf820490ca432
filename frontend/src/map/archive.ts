/** The PMTiles archive that the service serves by ranges. */
import { FetchSource, PMTiles } from 'pmtiles';

const FILE_URL = '/api/map/file';

/** How to read a tile's bytes; null: it has none there. */
export function archiveReader(): (z: number, x: number, y: number) => Promise<ArrayBuffer | null> {
  const archive = new PMTiles(new FetchSource(FILE_URL));
  return async (z, x, y) => (await archive.getZxy(z, x, y))?.data ?? null;
}
