/** A basemap of vector tiles in the Protomaps schema, drawn in our colours. */
import MVT from 'ol/format/MVT';
import VectorTileLayer from 'ol/layer/VectorTile';
import type RenderFeature from 'ol/render/Feature';
import VectorTileSource from 'ol/source/VectorTile';
import TileState from 'ol/TileState';
import type VectorTile from 'ol/VectorTile';
import { archiveReader } from './archive';
import { extentOf, gridOf, leastZoom, type Sheet, type Told } from './basemap';
import type { Basemap } from './contract';
import type { Palette } from './palette';
import { LAYERS, styleIn } from './vectorstyle';

export function vectorSheet(basemap: Basemap, palette: Palette, told: Told): Sheet {
  const read = archiveReader();
  const format = new MVT({ layers: [...LAYERS] });
  const sourced = () =>
    new VectorTileSource<RenderFeature>({
      format,
      tileGrid: gridOf(basemap),
      url: '{z}/{x}/{y}',
      tileLoadFunction: (one) => {
        const tile = one as VectorTile<RenderFeature>;
        tile.setLoader((extent, _, projection) => {
          const [z = 0, x = 0, y = 0] = tile.tileCoord;
          read(z, x, y).then(
            (bytes) => {
              const options = { extent, featureProjection: projection };
              tile.setFeatures(
                bytes === null ? [] : (format.readFeatures(bytes, options) as RenderFeature[]),
              );
              told(true);
            },
            () => {
              tile.setState(TileState.ERROR);
              told(false);
            },
          );
        });
      },
    });
  const extent = extentOf(basemap);
  const layer = new VectorTileLayer({
    source: sourced(),
    declutter: true,
    minZoom: leastZoom(basemap),
    style: styleIn(palette),
    ...(extent && { extent }),
  });
  return { layer, restyle: (next) => layer.setStyle(styleIn(next)), again: () => layer.setSource(sourced()) };
}
