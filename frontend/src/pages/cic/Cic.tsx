/** The police room: the ringing queue, the map, who sees what. Decisions live in `decide.ts`. */
import { useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { KeysLater, showKeys } from '../../app/KeysLater';
import { Strip } from '../../app/Sentence';
import { ShiftButton, SoundBanner } from '../../app/Shift';
import { St } from '../../app/St';
import { Banners, TopBar } from '../../app/TopBar';
import { Unread } from '../../app/Unread';
import { queue, type Request, type RoomState } from '../../state/room';
import { returnedTo } from '../../state/stepup';
import { me, room } from '../../state/store';
import { Talk } from '../../talk/Talk';
import { t } from '../../words';
import { CrisisBanners } from '../crisis/CrisisBanners';
import { DeclareLater } from '../crisis/DeclareLater';
import { setShortcuts, shortcuts, useShortcuts } from '../samu/shortcuts';
import { Alarm, PostChoice, useAlarm } from './Alarm';
import { Automatic, useAutomatic } from './Automatic';
import { CicMap } from './CicMap';
import { Elsewhere } from './Elsewhere';
import { KillSwitch } from './KillSwitch';
import { RequestCard } from './RequestCard';
import { useTaken } from './taken';
import { WhoSees } from './WhoSees';

export function Cic() {
  const state = room.value;
  if (state === null) {
    return (
      <div class="app">
        <div>
          <TopBar title={t('pageCic')}>
            <KillSwitch />
          </TopBar>
          <Banners />
          <Failure />
        </div>
        <main id="main">
          <Unread />
        </main>
      </div>
    );
  }
  return <PoliceRoom state={state} />;
}

function PoliceRoom({ state }: { state: RoomState }) {
  const waiting = queue(state);
  const [focused, setFocused] = useState<string | null>(returnedTo);
  const { ringing, acknowledge } = useAlarm(state, waiting);
  const [loud] = ringing;
  const told = useAutomatic(state, loud !== undefined);
  const current = waiting.find((request) => request.id === focused) ?? waiting[0] ?? null;
  const taken = useTaken(state, current);
  const at = current === null ? -1 : waiting.indexOf(current);
  const stopped = state.sharing.get(me.value?.organisation.id ?? '')?.stopped ?? false;
  const incident = current === null ? undefined : state.incidents.get(current.incident);
  useShortcuts((event) => {
    if (event.key !== '?') return false;
    showKeys();
    return true;
  });
  const move = (from: Request, by: number) => {
    const next = waiting[waiting.indexOf(from) + by];
    if (next !== undefined) setFocused(next.id);
  };
  return (
    <div class="app cic">
      <div>
        <TopBar title={t('pageCic')}>
          <ShiftButton>
            <PostChoice />
            <label class="switch">
              <input
                type="checkbox"
                checked={shortcuts.value}
                onChange={(event) => setShortcuts(event.currentTarget.checked)}
              />
              {t('shortcuts')}
            </label>
          </ShiftButton>
          <DeclareLater room="cic" at={incident ?? null} />
          <KillSwitch />
        </TopBar>
        <Banners />
        <CrisisBanners where="cic" othersRing={loud !== undefined || told.length > 0} />
        <SoundBanner />
        <Failure />
      </div>
      <main id="main">
        <section class="panel queue" aria-label={t('requests')}>
          <header>
            <h2>{t('requests')}</h2>
            {waiting.length > 0 && <St kind="wait">{`${waiting.length} ${t('waitingCount')}`}</St>}
            <span class="spacer" />
            <span class="muted">{t('oldestFirst')}</span>
            <button type="button" class="btn sm quiet icon" aria-label={t('keysHelp')} onClick={showKeys}>
              ?
            </button>
          </header>
          <div class="body">
            {loud !== undefined && (
              <Alarm request={loud} level={state.levels.get(loud.id) ?? 0} onAcknowledge={acknowledge} />
            )}
            <Automatic state={state} told={told} />
            <Elsewhere room={state} taken={taken} />
            {waiting.map((request, n) => (
              <RequestCard
                key={request.id}
                request={request}
                current={n === at}
                held={taken !== null}
                arrow={n === at + 1 ? '↓' : n === at - 1 ? '↑' : null}
                onFocus={() => setFocused(request.id)}
                onMove={(by) => move(request, by)}
              />
            ))}
            <Failure at="queue" />
            {waiting.length === 0 && (
              <div class="empty">
                <b>{t('noRequestsTitle')}</b>
                <span>{t(stopped ? 'noRequestsStopped' : 'noRequestsDo')}</span>
              </div>
            )}
          </div>
        </section>
        <div class="column">
          <CicMap current={current} />
          <Talk room={state} camera={null} />
        </div>
        <WhoSees room={state} />
      </main>
      <Strip aside={t('recordedFoot')} />
      <KeysLater of="cic" />
    </div>
  );
}
