import { useMemo, useState } from 'preact/hooks';
import type { CameraMark } from '../../map/contract';
import { openCrises, zoneOf } from '../../state/crisis';
import { liveGrants, type Request, type RoomState } from '../../state/room';
import { cameras, room } from '../../state/store';
import { EXPIRING_MS } from '../../state/tiles';
import { now } from '../../state/time';
import { t, tCode } from '../../words';
import { asMapCamera, NO_RINGS, quarters, RINGS_M, RoomMap, standsFor } from '../RoomMap';

const SHOWS = [
  { show: 'request', word: 'mapRequest' },
  { show: 'active', word: 'mapActive' },
  { show: 'all', word: 'mapAll' },
] as const;
type Show = (typeof SHOWS)[number]['show'];

/** What is seen now and what the current request asks for, by camera. */
function marksOf(state: RoomState, current: Request | null, nowMs: number): Map<string, CameraMark> {
  const marks = new Map<string, CameraMark>();
  for (const grant of liveGrants(state)) {
    const soon = Date.parse(grant.ends_at) - nowMs < EXPIRING_MS;
    for (const view of grant.views) if (view.ended_at === null) marks.set(view.camera, soon ? 'exp' : 'live');
  }
  for (const camera of state.failing.keys()) if (marks.has(camera)) marks.set(camera, 'stale');
  for (const camera of state.pauses.keys()) marks.set(camera, 'barred');
  for (const camera of current?.cameras ?? []) if (!marks.has(camera)) marks.set(camera, 'wait');
  return marks;
}

/** The police room's map. Badges are the cameras' own numbers: the room knows them by heart. */
export function CicMap({ current }: { current: Request | null }) {
  const [show, setShow] = useState<Show>('request');
  const state = room.value;
  const known = cameras.value;
  const beat = Math.floor(now.value / 5000);
  const incident = (current && state?.incidents.get(current.incident)) || null;
  const place = useMemo(
    () =>
      incident === null ? null : { lat: incident.lat, lon: incident.lon, precisionM: incident.precision_m },
    [incident],
  );
  // Drawn anew with each event and every 5 s, not with each tick.
  const shown = useMemo(() => {
    if (state === null) return [];
    const marks = marksOf(state, current, now.value);
    const stands = standsFor(current?.exercise ?? false);
    const everything = show === 'all' || (show === 'request' && current !== null);
    return [...known.values()]
      .filter((camera) => marks.has(camera.id) || (everything && stands(camera)))
      .map((camera) => {
        const mark = marks.get(camera.id);
        const asked = asMapCamera(camera, mark ?? 'idle', mark === undefined ? null : camera.number);
        const pause = state.pauses.get(camera.id);
        return pause === undefined
          ? asked
          : { ...asked, reason: tCode('cause_', pause.cause ?? '', 'stSuspended') };
      });
  }, [state?.asOf, known, current, show, beat]);
  const named = useMemo(() => quarters(known.values()), [known]);
  const zones = useMemo(() => openCrises(state).map(zoneOf), [state?.crises]);
  return (
    <section class="panel" aria-label={t('map')}>
      <header>
        <h2>{t('map')}</h2>
        <span class="spacer" />
        <div class="seg">
          {SHOWS.map((one) => (
            <button
              key={one.show}
              type="button"
              aria-pressed={show === one.show}
              onClick={() => setShow(one.show)}
            >
              {t(one.word)}
            </button>
          ))}
        </div>
      </header>
      <RoomMap
        room="cic"
        cameras={shown}
        place={place}
        ringsM={place === null ? NO_RINGS : RINGS_M}
        quarters={named}
        zones={zones}
        fit={fitOf(show, place !== null, shown.length)}
      />
    </section>
  );
}

function fitOf(show: Show, placed: boolean, count: number): 'place' | 'cameras' | 'all' {
  if (show === 'request' && placed) return 'place';
  return show !== 'all' && count > 0 ? 'cameras' : 'all';
}
