import type { MapWords } from './contract';

/** The map's words where the page gives none. */
export const FRENCH: MapWords = {
  zoomIn: 'Zoom avant',
  zoomOut: 'Zoom arrière',
  recentre: 'Recentrer',
  legend: 'Légende',
  noBasemap: 'Fond de carte indisponible : carte schématique',
  keys: 'Flèches : déplacer · + − : zoom · PageSuiv PagePréc : d’une caméra à l’autre · Début : recentrer',
  list: 'Liste des caméras',
  find: 'Chercher une caméra',
  found: (shown, of) => `${shown} / ${of}`,
  tick: 'Demander',
  ticked: 'à demander',
  unticked: 'pas demandée',
  cannotTick: 'Cette caméra ne peut pas être choisie ici',
  nth: (n, of) => `${n} sur ${of} en vue`,
  noneInSight: 'Aucune caméra en vue',
  pickedCentre: 'Lieu : le centre de la carte',
  pickedCamera: 'Lieu : à cette caméra',
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
