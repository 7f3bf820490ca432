/** The dispatch room: incident, map, wall. What is asked lives in `form.ts`, what is done in `acts.ts`. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { KeysLater, showKeys } from '../../app/KeysLater';
import { Strip } from '../../app/Sentence';
import { ShiftButton, SoundBanner } from '../../app/Shift';
import { Banners, TopBar } from '../../app/TopBar';
import { Unread } from '../../app/Unread';
import type { Incident, RoomState } from '../../state/room';
import { room } from '../../state/store';
import { incidentOf } from '../../state/tiles';
import { Talk } from '../../talk/Talk';
import { t } from '../../words';
import { CrisisBanners } from '../crisis/CrisisBanners';
import { DeclareLater } from '../crisis/DeclareLater';
import { ask, askNearest, prolongExpiring, releaseAll } from './acts';
import * as form from './form';
import { Handover, HandoverBanner, openHandover, subjectOf } from './Handover';
import { IncidentPanel } from './IncidentPanel';
import { known, openIncidents, useLeading, useResumed, useWall } from './onwall';
import { SamuMap } from './SamuMap';
import { Standing } from './Standing';
import { keyOf, setShortcuts, shortcuts, useShortcuts } from './shortcuts';
import { fullScreen, useFullScreen, Wall } from './Wall';

/** The incident being worked on, and the one whose pictures the wall shows meanwhile. */
function useIncidents(state: RoomState | null): { open: Incident | null; onWall: Incident | null } {
  useResumed(state);
  useLeading();
  const open = known(state, form.incidentId.value);
  const last = useRef<string | null>(null);
  if (open !== null) last.current = open.id;
  useEffect(() => {
    if (open !== null) form.workOn(open);
  }, [open?.id]);
  return { open, onWall: open ?? known(state, last.current) };
}

export function Samu() {
  const search = useRef<HTMLInputElement>(null);
  const page = useRef<HTMLDivElement>(null);
  const wall = useRef<HTMLElement>(null);
  const full = useFullScreen(page);
  const [all, setAll] = useState(false);
  const state = room.value;
  const { open, onWall } = useIncidents(state);
  const { shown, looks, alarm } = useWall(state, onWall);
  const asked = open === null ? [] : shown;
  const startNew = () => {
    form.startAnew();
    queueMicrotask(() => search.current?.focus()); // the page is drawn by then, and the next key is not here yet
  };
  const nearest = () => {
    form.picked.value = null;
    const untouched = form.place.value === null ? firstUntouched(state) : undefined;
    if (untouched !== undefined) form.workOn(untouched);
    // Enter, pressed next, is the page's: no button that was clicked before may take it.
    if (form.place.value !== null || untouched !== undefined) (document.activeElement as HTMLElement).blur();
    else search.current?.focus();
  };
  useShortcuts((event) => {
    const key = keyOf(event);
    const nth = form.INTENTS[Number(key) - 1];
    if (key === 'n') nearest();
    else if (key === 'i') startNew();
    else if (key === 'Enter' && event.target === document.body) askNearest();
    else if (key === 'L') void releaseAll(shown);
    else if (key === 'p') prolongExpiring(shown);
    else if (key === 'h') openHandover(subjectOf(state, open));
    else if (key === 'f') void fullScreen(page.current);
    else if (key === 'm') wall.current?.querySelector<HTMLElement>('.tile')?.focus();
    else if (key === '?') showKeys();
    else if (nth !== undefined) form.intent.value = nth;
    else return false;
    return true;
  });
  return (
    <div class="app samu" ref={page}>
      <div>
        <TopBar title={t('pageSamu')}>
          <ShiftButton />
          <DeclareLater room="samu" at={form.place.value} />
        </TopBar>
        <Banners />
        <HandoverBanner />
        <CrisisBanners where="samu" othersRing={alarm.ringing.length > 0} />
        <SoundBanner />
        <Failure />
      </div>
      {state === null ? (
        <main id="main" class="unread">
          <Unread />
        </main>
      ) : (
        <main id="main">
          <IncidentPanel
            incident={open}
            asked={asked}
            shown={shown}
            search={search}
            shortcuts={shortcuts.value}
            onShortcuts={setShortcuts}
            onNew={startNew}
          />
          <div class="column">
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
            <Talk room={state} camera={form.looked.value} />
          </div>
          <Wall
            box={wall}
            shown={shown}
            looks={looks}
            alarm={alarm}
            hints={shortcuts.value}
            above={full && <Standing shown={shown} />}
            onFullScreen={() => void fullScreen(page.current)}
            onSecondScreen={() => void window.open('/mur', 'crisislink-mur')}
            onAskAgain={(tile) => void ask(known(state, incidentOf(tile)), [tile.camera], 'wall')}
          />
        </main>
      )}
      <Strip aside={t('recordedFoot')} />
      <Handover />
      <KeysLater of="samu" />
    </div>
  );
}

/** The oldest case of ours for which nobody asked anything yet. */
function firstUntouched(state: RoomState | null): Incident | undefined {
  const touched = new Set([...(state?.requests.values() ?? [])].map((request) => request.incident));
  return openIncidents(state).findLast((incident) => !touched.has(incident.id));
}
