/** The dispatch room: incident, map, wall. What is asked lives in `form.ts`, what is done in `acts.ts`. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { Strip } from '../../app/Sentence';
import { ShiftButton, SoundBanner } from '../../app/Shift';
import { setRinging } from '../../app/sound';
import { Banners, TopBar } from '../../app/TopBar';
import { playerKey, players } from '../../state/players';
import type { Incident, RoomState } from '../../state/room';
import { me, room } from '../../state/store';
import { EXPIRING_MS, type Tile, tiles } from '../../state/tiles';
import { now } from '../../state/time';
import { t } from '../../words';
import { ask, prolong, releaseAll } from './acts';
import * as form from './form';
import { IncidentPanel } from './IncidentPanel';
import { look } from './look';
import { SamuMap } from './SamuMap';
import { setShortcuts, shortcuts, useShortcuts } from './shortcuts';
import { fullScreen, Wall } from './Wall';

const playerOf = (tile: Tile) =>
  tile.kind === 'live' ? (players.value.get(playerKey(tile.grant.id, tile.camera)) ?? null) : null;

/** The newest incident this person opened and nobody closed. */
function ownOpen(state: RoomState): Incident | undefined {
  return [...state.incidents.values()]
    .filter((i) => i.closed_at === null && i.opened_by === me.value?.person.id)
    .sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at))[0];
}

/** A reloaded page goes on where it was: live pictures must not be lost from view. */
function useResumed(state: RoomState | null): void {
  const done = useRef(false);
  useEffect(() => {
    if (state === null || done.current) return;
    done.current = true;
    form.incidentId.value ??= ownOpen(state)?.id ?? null;
  }, [state]);
}

/** The incident being worked on, and the one whose pictures the wall shows meanwhile. */
function useIncidents(state: RoomState | null): { open: Incident | null; onWall: Incident | null } {
  useResumed(state);
  const known = (id: string | null) => {
    const incident = (id && state?.incidents.get(id)) || null;
    return incident?.closed_at === null ? incident : null;
  };
  const open = known(form.incidentId.value);
  const last = useRef<string | null>(null);
  if (open !== null) last.current = open.id;
  useEffect(() => {
    if (open === null) return;
    form.picked.value = null;
    form.place.value = {
      label: open.place_label,
      lat: open.lat,
      lon: open.lon,
      precisionM: open.precision_m,
    };
  }, [open?.id]);
  return { open, onWall: open ?? known(last.current) };
}

export function Samu() {
  const search = useRef<HTMLInputElement>(null);
  const wall = useRef<HTMLElement>(null);
  const [all, setAll] = useState(false);
  const state = room.value;
  const { open, onWall } = useIncidents(state);
  const shown = state !== null && onWall !== null ? tiles(state, onWall.id, now.value) : [];
  const asked = open === null ? [] : shown;
  const looks = shown.map((tile) => look(tile, playerOf(tile), now.value));
  const alarm = shown.some((tile) => {
    const player = playerOf(tile);
    return player?.kind === 'stale' && player.level !== 'grey';
  });
  useEffect(() => {
    setRinging('frozen', alarm, t('staleTitle'));
    return () => setRinging('frozen', false);
  }, [alarm]);
  const startNew = () => {
    form.incidentId.value = null;
    form.place.value = null;
    form.picked.value = null;
    setTimeout(() => search.current?.focus(), 0);
  };
  useShortcuts((event) => {
    const nth = form.INTENTS[Number(event.key) - 1];
    if (event.key === 'n') startNew();
    else if (event.key === 'Enter' && event.target === document.body)
      void ask(open, form.chosen(form.sightings.value, form.running(asked)));
    else if (event.key === 'L' && event.shiftKey) void releaseAll(shown);
    else if (event.key === 'p') prolongExpiring(shown);
    else if (event.key === 'f') void fullScreen(wall.current);
    else if (nth !== undefined) form.intent.value = nth;
    else return false;
    return true;
  });
  return (
    <div class="app samu">
      <div>
        <TopBar>
          <ShiftButton />
        </TopBar>
        <Banners />
        <SoundBanner />
        <Failure />
      </div>
      <main>
        <IncidentPanel
          incident={open}
          asked={asked}
          shown={shown}
          search={search}
          shortcuts={shortcuts.value}
          onShortcuts={setShortcuts}
          onNew={startNew}
        />
        <section class="panel" aria-label={t('map')}>
          <header>
            <h2>{t('map')}</h2>
            <span class="spacer" />
            <div class="seg">
              <button type="button" aria-pressed={!all} onClick={() => setAll(false)}>
                {t('mapNear')}
              </button>
              <button type="button" aria-pressed={all} onClick={() => setAll(true)}>
                {t('mapAll')}
              </button>
            </div>
          </header>
          <SamuMap shown={shown} looks={looks} all={all} pick={open === null} />
        </section>
        <Wall
          box={wall}
          shown={shown}
          looks={looks}
          place={onWall}
          hints={shortcuts.value}
          onAskAgain={(camera) => void ask(onWall, [camera], 'wall')}
        />
      </main>
      <Strip aside={t('recordedFoot')} />
    </div>
  );
}

/** One key before the end: more time for every grant that is about to run out. */
function prolongExpiring(shown: readonly Tile[]): void {
  const done = new Set<string>();
  for (const tile of shown) {
    if (tile.kind !== 'live' || done.has(tile.grant.id)) continue;
    if (tile.endsAt - now.value >= EXPIRING_MS || tile.extension?.state === 'requested') continue;
    done.add(tile.grant.id);
    void prolong(tile.grant);
  }
}
