import { useMemo } from 'preact/hooks';
import { openCrises, zoneOf } from '../../state/crisis';
import { players } from '../../state/players';
import { cameras, room } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { type Key, language, t } from '../../words';
import { asMapCamera, NO_RINGS, quarters, RINGS_M, RoomMap, standsFor } from '../RoomMap';
import * as form from './form';
import { type Look, markOf } from './look';

interface Props {
  shown: readonly Tile[];
  looks: readonly Look[];
  all: boolean;
  /** A click chooses the place of a new incident; of one that is open it ticks the camera it meets. */
  pick: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/** Ticks one of the cameras near the place, or unticks it: those asked for until now, with it or without. */
function toggle(running: ReadonlySet<string>) {
  return (camera: string) => {
    const next = new Set(form.chosen(form.sightings.value, running));
    if (!next.delete(camera)) next.add(camera);
    form.picked.value = next;
  };
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
  const running = pick ? NONE : form.running(shown);
  const wanted = form.chosen(near, running).join();
  const marked = shown.map((tile, n) => `${tile.camera} ${looks[n]?.kind}`).join();
  // Marks change with what is seen, not with the clock.
  const marks = useMemo(() => {
    const byCamera = new Map(
      shown.map((tile, n) => [tile.camera, { look: looks[n] as Look, badge: n + 1 }] as const),
    );
    const wide = all || place === null;
    const barred = new Map(near.map((s) => [s.camera, s.not_shareable]));
    const free = new Set(
      near.filter((s) => s.not_shareable === null && !running.has(s.camera)).map((s) => s.camera),
    );
    const ticked = new Set(wanted.split(','));
    const standing = [...known.values()].filter(standsFor(form.exercise.value)).map(({ id }) => id);
    const ids = new Set(wide ? standing : near.map((sighting) => sighting.camera));
    for (const id of byCamera.keys()) ids.add(id);
    return [...ids].flatMap((id) => {
      const camera = known.get(id);
      const on = byCamera.get(id);
      if (camera === undefined) return [];
      const mark = on === undefined ? 'idle' : markOf(on.look);
      const asked = asMapCamera(camera, mark, on?.badge ?? null);
      const why = barred.get(id);
      return {
        ...asked,
        reason: why == null ? asked.reason : t(`not_${why}` as Key),
        word: on === undefined ? null : t(on.look.word),
        selected: id === form.looked.value,
        ...(free.has(id) ? { ticked: ticked.has(id) } : {}),
      };
    });
  }, [
    marked,
    near,
    wanted,
    known,
    all,
    place,
    players.value,
    form.looked.value,
    form.exercise.value,
    language.value,
  ]);
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
      {...(place === null ? {} : { onTick: toggle(running) })}
    />
  );
}
