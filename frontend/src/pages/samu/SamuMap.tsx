import { useMemo } from 'preact/hooks';
import { openCrises, zoneOf } from '../../state/crisis';
import { players } from '../../state/players';
import { cameras, room } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { t } from '../../words';
import { asMapCamera, NO_RINGS, quarters, RINGS_M, RoomMap, standsFor } from '../RoomMap';
import * as form from './form';
import { type Look, markOf } from './look';

interface Props {
  shown: readonly Tile[];
  looks: readonly Look[];
  all: boolean;
  /** A click chooses the place of a new incident. */
  pick: boolean;
}

const placeHere = {
  onPick: (lat: number, lon: number) => {
    const label = `${t('placePoint')} ${lat.toFixed(5)}, ${lon.toFixed(5)}`;
    form.choosePlace({ label, lat, lon, precisionM: 20 });
  },
};

/** The regulator's map: the place, the cameras near it, and what runs under its number of the wall. */
export function SamuMap({ shown, looks, all, pick }: Props) {
  const near = form.sightings.value;
  const known = cameras.value;
  const place = form.place.value;
  const marked = shown.map((tile, n) => `${tile.camera} ${looks[n]?.kind}`).join();
  // Marks change with what is seen, not with the clock.
  const marks = useMemo(() => {
    const byCamera = new Map(
      shown.map((tile, n) => [tile.camera, { look: looks[n] as Look, badge: n + 1 }] as const),
    );
    const wide = all || place === null;
    const standing = [...known.values()].filter(standsFor(form.exercise.value)).map(({ id }) => id);
    const ids = new Set(wide ? standing : near.map((sighting) => sighting.camera));
    for (const id of byCamera.keys()) ids.add(id);
    return [...ids].flatMap((id) => {
      const camera = known.get(id);
      const on = byCamera.get(id);
      if (camera === undefined) return [];
      const mark = on === undefined ? 'idle' : markOf(on.look);
      return { ...asMapCamera(camera, mark, on?.badge ?? null), selected: id === form.looked.value };
    });
  }, [marked, near, known, all, place, players.value, form.looked.value, form.exercise.value]);
  const named = useMemo(() => quarters(known.values()), [known]);
  const zones = useMemo(() => openCrises(room.value).map(zoneOf), [room.value?.crises]);
  return (
    <RoomMap
      room="samu"
      cameras={marks}
      place={place}
      ringsM={place === null ? NO_RINGS : RINGS_M}
      quarters={named}
      zones={zones}
      fit={place === null || all ? 'all' : 'place'}
      {...(pick ? placeHere : {})}
    />
  );
}
