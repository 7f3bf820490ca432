import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, body } from '../../api/client';
import { attempt, Failure } from '../../app/Failure';
import { Strip } from '../../app/Sentence';
import { St } from '../../app/St';
import { Banners, TopBar } from '../../app/TopBar';
import type { CameraMark } from '../../map/contract';
import { liveGrants, queue, type Request } from '../../state/room';
import { cameras, me, organisationOf, room } from '../../state/store';
import { EXPIRING_MS } from '../../state/tiles';
import { now } from '../../state/time';
import { t } from '../../words';
import { asMapCamera, quarters, RoomMap } from '../RoomMap';
import { setRinging, sound, startShift } from './alarm';
import { Hold } from './Hold';
import { RequestCard } from './RequestCard';
import { WhoSees } from './WhoSees';

type Show = 'request' | 'active' | 'all';

export function Cic() {
  const state = room.value;
  const waiting = state === null ? [] : queue(state);
  const [acknowledged, setAcknowledged] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  const unheard = waiting.filter((request) => !acknowledged.has(request.id));
  const current = waiting.find((request) => request.id === focused) ?? waiting[0] ?? null;
  const acknowledge = () => setAcknowledged(new Set(waiting.map((request) => request.id)));
  useEffect(() => {
    setRinging(unheard.length > 0);
    return () => setRinging(false);
  }, [unheard.length > 0]);
  const onKey = useRef<(event: KeyboardEvent) => void>(() => {});
  onKey.current = (event) => {
    if (event.key !== ' ' || unheard.length === 0 || event.target !== document.body) return;
    event.preventDefault();
    acknowledge();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  if (state === null) {
    return (
      <div class="app">
        <TopBar />
        <p class="notice">{t('loading')}</p>
      </div>
    );
  }
  return (
    <div class="app cic">
      <div>
        <TopBar>
          <ShiftButton />
          <KillSwitch />
        </TopBar>
        <Banners />
        {sound.value === 'suspended' && (
          <p class="banner" role="alert">
            {t('soundBanner')}
          </p>
        )}
        <Failure />
      </div>
      <main>
        <section class="panel queue" aria-label={t('requests')}>
          <header>
            <h2>{t('requests')}</h2>
            {waiting.length > 0 && <St kind="wait">{`${waiting.length} ${t('waitingCount')}`}</St>}
            <span class="spacer" />
            <span class="muted">{t('oldestFirst')}</span>
          </header>
          <div class="body">
            {unheard.length > 0 && (
              <div class="alarm" role="alert">
                <span aria-hidden="true">♪</span>
                <div>
                  <b>
                    {t('ringTitle')} · {organisationOf(unheard[0]?.beneficiary ?? '')?.short_name}
                  </b>
                  <br />
                  {t('ringing')}
                </div>
                <span class="spacer" />
                <button type="button" class="btn" onClick={acknowledge}>
                  {t('acknowledge')} <kbd>␣</kbd>
                </button>
              </div>
            )}
            {waiting.map((request) => (
              <RequestCard
                key={request.id}
                request={request}
                current={current?.id === request.id}
                onFocus={() => setFocused(request.id)}
              />
            ))}
            {waiting.length === 0 && (
              <div class="empty">
                <b>{t('noRequestsTitle')}</b>
                <span>{t('noRequestsDo')}</span>
              </div>
            )}
          </div>
        </section>
        <CicMap current={current} />
        <WhoSees room={state} />
      </main>
      <Strip aside={t('recordedFoot')} />
    </div>
  );
}

function ShiftButton() {
  return sound.value === 'ready' ? (
    <span class="pill">♪ {t('soundOn')}</span>
  ) : (
    <button type="button" class="btn sm" title={t('soundHint')} onClick={() => void startShift()}>
      ♪ {t('soundOff')}
    </button>
  );
}

function KillSwitch() {
  const dialog = useRef<HTMLDialogElement>(null);
  const may = me.value?.roles.includes('room_supervisor') ?? false;
  const own = me.value?.organisation.id;
  const stopped = (own && room.value?.sharing.get(own)?.stopped) || false;
  if (stopped) {
    return (
      <>
        <button type="button" class="btn" disabled={!may} onClick={() => dialog.current?.showModal()}>
          {t('resume')}
        </button>
        <dialog ref={dialog}>
          <h2>{t('resumeAsk')}</h2>
          <div class="acts">
            <button type="button" class="btn" onClick={() => dialog.current?.close()}>
              {t('cancel')}
            </button>
            <button
              type="button"
              class="btn p"
              onClick={() => {
                dialog.current?.close();
                void attempt(() => body(api.POST('/api/sharing/resume')));
              }}
            >
              {t('confirm')}
            </button>
          </div>
        </dialog>
      </>
    );
  }
  return (
    <Hold disabled={!may} onHeld={() => void attempt(() => body(api.POST('/api/sharing/stop')))}>
      ■ {t('kill')} <kbd>{t('killHold')}</kbd>
    </Hold>
  );
}

function CicMap({ current }: { current: Request | null }) {
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
  const marks = useMemo(() => {
    const by = new Map<string, CameraMark>();
    for (const grant of state === null ? [] : liveGrants(state)) {
      const soon = Date.parse(grant.ends_at) - now.value < EXPIRING_MS;
      for (const view of grant.views) if (view.ended_at === null) by.set(view.camera, soon ? 'exp' : 'live');
    }
    for (const camera of state?.failing.keys() ?? []) if (by.has(camera)) by.set(camera, 'stale');
    for (const camera of current?.cameras ?? []) if (!by.has(camera)) by.set(camera, 'wait');
    const wanted = (id: string) => show === 'all' || (show === 'request' && current !== null) || by.has(id);
    return [...known.values()]
      .filter((camera) => wanted(camera.id))
      .map((camera) => {
        const mark = by.get(camera.id);
        return asMapCamera(camera, mark ?? 'idle', mark === undefined ? null : camera.number);
      });
  }, [state?.asOf, known, current, show, beat]);
  const named = useMemo(() => quarters(known.values()), [known]);
  return (
    <section class="panel" aria-label={t('map')}>
      <header>
        <h2>{t('map')}</h2>
        <span class="spacer" />
        <div class="seg">
          <button type="button" aria-pressed={show === 'request'} onClick={() => setShow('request')}>
            {t('mapRequest')}
          </button>
          <button type="button" aria-pressed={show === 'active'} onClick={() => setShow('active')}>
            {t('mapActive')}
          </button>
          <button type="button" aria-pressed={show === 'all'} onClick={() => setShow('all')}>
            {t('mapAll')}
          </button>
        </div>
      </header>
      <RoomMap
        room="cic"
        cameras={marks}
        place={place}
        ringsM={place === null ? [] : [100, 300]}
        quarters={named}
        fit={
          show === 'request' && place !== null
            ? 'place'
            : show === 'active' && marks.length > 0
              ? 'cameras'
              : 'all'
        }
      />
    </section>
  );
}
