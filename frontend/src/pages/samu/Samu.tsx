import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { attempt, Failure } from '../../app/Failure';
import { Strip } from '../../app/Sentence';
import { Banners, TopBar } from '../../app/TopBar';
import type { CameraMark } from '../../map/contract';
import { cameras, room } from '../../state/store';
import { EXPIRING_MS, type Tile, tiles } from '../../state/tiles';
import { now } from '../../state/time';
import { t } from '../../words';
import { asMapCamera, quarters, RoomMap } from '../RoomMap';
import { releaseAll, submit } from './asking';
import * as form from './form';
import { IncidentPanel } from './IncidentPanel';
import { Wall } from './Wall';

export function Samu() {
  const search = useRef<HTMLInputElement>(null);
  const [shortcuts, setShortcuts] = useState(localStorage.getItem('shortcuts') !== 'off');
  const [all, setAll] = useState(false);
  const state = room.value;
  const incident = (form.incidentId.value && state?.incidents.get(form.incidentId.value)) || null;
  const open = incident?.closed_at === null ? incident : null;
  const shown = state !== null && open !== null ? tiles(state, open.id, now.value) : [];

  useEffect(() => {
    if (open === null) return;
    form.place.value = {
      label: open.place_label,
      lat: open.lat,
      lon: open.lon,
      precisionM: open.precision_m,
    };
  }, [open?.id]);
  const startNew = () => {
    form.incidentId.value = null;
    form.place.value = null;
    form.picked.value = null;
    setTimeout(() => search.current?.focus(), 0);
  };
  const onKey = useRef<(event: KeyboardEvent) => void>(() => {});
  onKey.current = (event) => {
    if (!shortcuts || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const nth = form.INTENTS[Number(event.key) - 1];
    const running = new Set(
      shown.filter((x) => x.kind === 'live' || x.kind === 'waiting').map((x) => x.camera),
    );
    if (event.key === 'n' || event.key === 'N') startNew();
    else if (event.key === 'Enter' && event.target === document.body)
      void attempt(() => submit(open, form.chosen(form.sightings.value, running)));
    else if (event.key === 'L' && event.shiftKey) void releaseAll(shown);
    else if (nth !== undefined) form.intent.value = nth;
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  const askAgain = (camera: string) => void attempt(() => submit(open, [camera]));
  return (
    <div class="app samu">
      <div>
        <TopBar />
        <Banners />
        <Failure />
      </div>
      <main>
        <IncidentPanel
          incident={open}
          shown={shown}
          search={search}
          shortcuts={shortcuts}
          onShortcuts={(on) => {
            localStorage.setItem('shortcuts', on ? 'on' : 'off');
            setShortcuts(on);
          }}
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
          <SamuMap shown={shown} all={all} pick={open === null} />
        </section>
        <Wall shown={shown} onAskAgain={askAgain} />
      </main>
      <Strip aside={t('recordedFoot')} />
    </div>
  );
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.matches('input, select, textarea') || target.closest('dialog') !== null);

function SamuMap({ shown, all, pick }: { shown: readonly Tile[]; all: boolean; pick: boolean }) {
  const near = form.sightings.value;
  const known = cameras.value;
  const place = form.place.value;
  // Marks change with the room, not with every tick of the clock.
  const minute = Math.floor(now.value / 5000);
  const marks = useMemo(() => {
    const byCamera = new Map(shown.map((tile, n) => [tile.camera, { mark: markOf(tile), badge: n + 1 }]));
    const visible =
      all || place === null ? [...known.values()] : near.flatMap((s) => known.get(s.camera) ?? []);
    for (const id of byCamera.keys()) {
      const camera = known.get(id);
      if (camera !== undefined && !visible.includes(camera)) visible.push(camera);
    }
    return visible.map((camera) => {
      const of = byCamera.get(camera.id);
      return asMapCamera(camera, of?.mark ?? 'idle', of?.badge ?? null);
    });
  }, [shown.map((tile) => `${tile.camera}${tile.kind}`).join(), near, known, all, place, minute]);
  const named = useMemo(() => quarters(known.values()), [known]);
  const more = pick
    ? {
        onPick: (lat: number, lon: number) => {
          const label = `${t('placeFromMap')} ${lat.toFixed(5)}, ${lon.toFixed(5)}`;
          form.place.value = { label, lat, lon, precisionM: 20 };
        },
      }
    : {};
  return (
    <RoomMap
      room="samu"
      cameras={marks}
      place={place}
      ringsM={place === null ? [] : [100, 300]}
      quarters={named}
      fit={place === null || all ? 'all' : 'place'}
      {...more}
    />
  );
}

function markOf(tile: Tile): CameraMark {
  switch (tile.kind) {
    case 'waiting':
      return 'wait';
    case 'live':
      return tile.endsAt - now.value < EXPIRING_MS ? 'exp' : 'live';
    default:
      return 'off';
  }
}
