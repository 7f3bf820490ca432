import type { MapWords } from './contract';

/** The map's words where the page gives none. */
export const FRENCH: MapWords = {
  zoomIn: 'Zoom avant',
  zoomOut: 'Zoom arrière',
  recentre: 'Recentrer',
  legend: 'Légende',
  noBasemap: 'Fond de carte indisponible : carte schématique',
  marks: {
    live: 'En direct',
    exp: 'Expire bientôt',
    stale: 'Figée',
    wait: 'Demandée',
    ok: 'Approuvée',
    off: 'Révoquée',
    idle: 'Disponible',
    barred: 'Non partageable',
  },
};
