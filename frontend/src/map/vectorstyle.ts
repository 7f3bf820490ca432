/**
 * The look of the Protomaps basemap schema (version 4, https://docs.protomaps.com/basemaps/layers) in our palette:
 * quiet ground and water, streets by rank, names. Where a camera looks matters; shops do not.
 */
import type { FeatureLike } from 'ol/Feature';
import Fill from 'ol/style/Fill';
import Stroke from 'ol/style/Stroke';
import Style, { type StyleFunction } from 'ol/style/Style';
import Text from 'ol/style/Text';
import type { Palette } from './palette';

export const LAYERS = ['landuse', 'landcover', 'water', 'buildings', 'roads', 'places', 'pois'] as const;

/** Widths on the ground, metres; on the screen at least and at most so many pixels. */
const ROADS: Record<string, { widthM: number; leastPx: number; mostPx: number; below: number }> = {
  highway: { widthM: 26, leastPx: 2.5, mostPx: 16, below: 400 },
  major_road: { widthM: 16, leastPx: 1.5, mostPx: 13, below: 80 },
  minor_road: { widthM: 9, leastPx: 0.8, mostPx: 10, below: 12 },
  path: { widthM: 3, leastPx: 0.6, mostPx: 2.5, below: 3 },
  rail: { widthM: 4, leastPx: 0.8, mostPx: 2, below: 20 },
};
const GREEN = new Set(
  'park forest wood grass grassland scrub cemetery garden farmland meadow nature_reserve pitch'.split(' '),
);
const BUILDINGS_BELOW = 6;
const STREET_NAMES_BELOW = 3;
const PLACES: Record<string, { below: number; px: number; weight: number }> = {
  locality: { below: 120, px: 14, weight: 700 },
  neighbourhood: { below: 16, px: 13, weight: 600 },
};

/** `below`: metres of the projection a pixel from which on a thing is drawn. */
export function styleIn(palette: Palette): StyleFunction {
  const fills = new Map<string, Style>();
  const filled = (colour: string, zIndex: number): Style => {
    const known = fills.get(colour) ?? new Style({ fill: new Fill({ color: colour }), zIndex });
    fills.set(colour, known);
    return known;
  };
  return (feature, resolution) => {
    const kind = String(feature.get('kind') ?? '');
    switch (feature.get('layer')) {
      case 'landuse':
      case 'landcover':
        return GREEN.has(kind) ? filled(palette.green, 1) : undefined;
      case 'water':
        return feature.getGeometry()?.getType().includes('Line')
          ? line(palette.water, Math.max(1.5, 8 / resolution), 2)
          : filled(palette.water, 2);
      case 'buildings':
        return resolution < BUILDINGS_BELOW ? filled(palette.building, 3) : undefined;
      case 'roads':
        return road(feature, kind, resolution, palette);
      case 'places':
        return place(feature, kind, resolution, palette);
      case 'pois':
        return kind === 'hospital' && resolution < 10 ? named(feature, palette, 12, 600) : undefined;
      default:
        return undefined;
    }
  };
}

const line = (color: string, width: number, zIndex: number, lineDash?: number[]): Style =>
  new Style({ stroke: new Stroke({ color, width, ...(lineDash && { lineDash }) }), zIndex });

function road(
  feature: FeatureLike,
  kind: string,
  resolution: number,
  palette: Palette,
): Style | Style[] | undefined {
  const rank = ROADS[kind];
  if (rank === undefined || resolution > rank.below) return undefined;
  const width = Math.min(rank.mostPx, Math.max(rank.leastPx, rank.widthM / resolution));
  const dash = kind === 'rail' ? [6, 4] : kind === 'path' ? [3, 3] : undefined;
  const drawn = line(palette.road, width, 4, dash);
  const name = feature.get('name');
  if (typeof name !== 'string' || resolution > STREET_NAMES_BELOW || kind === 'rail') return drawn;
  return [drawn, new Style({ text: text(name, palette, 12, 400, 'line'), zIndex: 6 })];
}

function place(feature: FeatureLike, kind: string, resolution: number, palette: Palette): Style | undefined {
  const rank = PLACES[kind];
  if (rank === undefined || resolution > rank.below) return undefined;
  return named(feature, palette, rank.px, rank.weight);
}

function named(feature: FeatureLike, palette: Palette, px: number, weight: number): Style | undefined {
  const name = feature.get('name');
  if (typeof name !== 'string') return undefined;
  return new Style({ text: text(name, palette, px, weight, 'point'), zIndex: 7 });
}

const text = (
  value: string,
  { names, paper, font, scale }: Palette,
  px: number,
  weight: number,
  placement: 'line' | 'point',
): Text =>
  new Text({
    text: value,
    font: `${weight} ${px * scale}px ${font}`,
    placement,
    fill: new Fill({ color: names }),
    stroke: new Stroke({ color: paper, width: 3 }),
  });
