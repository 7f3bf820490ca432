/** The police room: the ringing queue, the map, who sees what. Decisions live in `decide.ts`. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { Strip } from '../../app/Sentence';
import { ShiftButton, SoundBanner } from '../../app/Shift';
import { St } from '../../app/St';
import { setRinging } from '../../app/sound';
import { Banners, TopBar } from '../../app/TopBar';
import { queue, type Request, type RoomState } from '../../state/room';
import { organisationOf, room } from '../../state/store';
import { t } from '../../words';
import { CicMap } from './CicMap';
import { KillSwitch } from './KillSwitch';
import { RequestCard } from './RequestCard';
import { WhoSees } from './WhoSees';

export function Cic() {
  const state = room.value;
  if (state === null) {
    return (
      <div class="app">
        <TopBar />
        <p class="notice">{t('loading')}</p>
      </div>
    );
  }
  return <PoliceRoom state={state} />;
}

/** Rings while a request was not acknowledged; gives those and the way to acknowledge. Acknowledging approves nothing. */
function useAlarm(waiting: readonly Request[]): { unheard: Request[]; acknowledge(): void } {
  const [acknowledged, setAcknowledged] = useState<ReadonlySet<string>>(new Set());
  const unheard = waiting.filter((request) => !acknowledged.has(request.id));
  const acknowledge = () => setAcknowledged(new Set(waiting.map((request) => request.id)));
  const rings = unheard.length > 0;
  useEffect(() => {
    setRinging('request', rings, t('ringTitle'));
    return () => setRinging('request', false);
  }, [rings]);
  const onKey = useRef<(event: KeyboardEvent) => void>(() => {});
  onKey.current = (event) => {
    const here = event.target instanceof HTMLElement && event.target.matches('body, .req');
    if (event.key !== ' ' || !rings || !here) return;
    event.preventDefault();
    acknowledge();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  return { unheard, acknowledge };
}

function PoliceRoom({ state }: { state: RoomState }) {
  const waiting = queue(state);
  const [focused, setFocused] = useState<string | null>(null);
  const { unheard, acknowledge } = useAlarm(waiting);
  const current = waiting.find((request) => request.id === focused) ?? waiting[0] ?? null;
  const move = (from: Request, by: number) => {
    const next = waiting[waiting.indexOf(from) + by];
    if (next !== undefined) setFocused(next.id);
  };
  return (
    <div class="app cic">
      <div>
        <TopBar>
          <ShiftButton />
          <KillSwitch />
        </TopBar>
        <Banners />
        <SoundBanner />
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
            {unheard[0] !== undefined && <Alarm request={unheard[0]} onAcknowledge={acknowledge} />}
            {waiting.map((request) => (
              <RequestCard
                key={request.id}
                request={request}
                current={current?.id === request.id}
                onFocus={() => setFocused(request.id)}
                onMove={(by) => move(request, by)}
              />
            ))}
            <Failure at="queue" />
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

function Alarm({ request, onAcknowledge }: { request: Request; onAcknowledge(): void }) {
  return (
    <div class="alarm" role="alert">
      <span aria-hidden="true">♪</span>
      <div>
        <b>
          {t('ringTitle')} · {organisationOf(request.beneficiary)?.short_name}
        </b>
        <br />
        {t('ringing')}
      </div>
      <span class="spacer" />
      <button type="button" class="btn" onClick={onAcknowledge}>
        {t('acknowledge')} <kbd>{t('space')}</kbd>
      </button>
    </div>
  );
}
