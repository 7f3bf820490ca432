/** What the handover says at each stage and the one key that passes the incident on: it comes after the page. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { holderOf, type Stage, stageOf } from '../../state/handover';
import type { Incident, RoomState } from '../../state/room';
import { me, nameOf } from '../../state/store';
import { type Key, t } from '../../words';
import { handOver } from './acts';
import * as form from './form';
import { openHandover, self, Waited } from './Handover';

/** What each stage says. */
const SAYS: Readonly<Record<Stage['kind'], Key>> = {
  mine: 'handoverMine',
  offering: 'handoverOffering',
  asked: 'handoverAskedYou',
  theirs: 'handoverTheirs',
  offered: 'handoverOfferedYou',
  asking: 'handoverAsking',
  wanted: 'handoverWanted',
};

export function HandoverBody({ incident, state }: { incident: Incident; state: RoomState }) {
  const stage = stageOf(state, incident, self());
  const holder = holderOf(state, incident);
  const done = (act: Schemas['Act']) => async () => {
    const passed = await handOver(incident.id, act, holder);
    if (passed && (act === 'take' || stage.kind === 'offered')) form.workOn(incident);
    if (passed && (act === 'take' || stage.kind === 'offered' || stage.kind === 'asked')) openHandover(null);
  };
  const by = 'by' in stage ? nameOf(stage.by) : '';
  return (
    <>
      <p>{t(SAYS[stage.kind], { holder: nameOf(holder), name: by })}</p>
      {'sinceMs' in stage && (
        <p>
          {t('handoverWaits')} <Waited since={stage.sinceMs} />
        </p>
      )}
      <div class="choices" key={stage.kind}>
        {(stage.kind === 'mine' || stage.kind === 'asked') && (
          <Choice first onDo={done('offer')}>
            {stage.kind === 'mine' ? t('handoverOffer') : t('handoverGive', { name: by })}
          </Choice>
        )}
        {(stage.kind === 'theirs' || stage.kind === 'offered') && (
          <Choice first onDo={done('ask')}>
            {t(stage.kind === 'theirs' ? 'handoverAsk' : 'handoverAccept')}
          </Choice>
        )}
        {stage.kind === 'offering' && <NextPerson />}
        {(stage.kind === 'offering' || stage.kind === 'asking' || stage.kind === 'asked') && (
          <Choice onDo={done('withdraw')}>
            {t(stage.kind === 'asked' ? 'handoverDecline' : 'handoverWithdraw')}
          </Choice>
        )}
        {holder !== self() && stage.kind !== 'offered' && me.value?.roles.includes('samu_supervisor') && (
          <Choice onDo={done('take')}>{t('handoverTake')}</Choice>
        )}
      </div>
    </>
  );
}

interface ChoiceProps {
  first?: boolean;
  onDo(): Promise<void>;
  children: ComponentChildren;
}

function Choice({ first = false, onDo, children }: ChoiceProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (first) button.current?.focus();
  }, []);
  return (
    <button
      ref={button}
      type="button"
      class={`btn big ${first ? 'p' : ''}`}
      aria-disabled={busy} // and not disabled, which loses the focus
      onClick={() => {
        if (busy) return;
        setBusy(true);
        void onDo().finally(() => setBusy(false));
      }}
    >
      {children} {first && <kbd>↵</kbd>}
    </button>
  );
}

/** The next person signs in on this very workstation: their session replaces this one in one step. */
function NextPerson() {
  const [ways, setWays] = useState<Schemas['Provider'][]>([]);
  const [lost, setLost] = useState(false);
  const seek = async () => {
    const found = await body(api.GET('/api/sign-in')).catch(() => null);
    setLost(found === null);
    setWays((found?.providers ?? []).filter((one) => one.side === 'hospital'));
  };
  useEffect(() => void seek(), []);
  const first = useRef<HTMLAnchorElement>(null);
  useEffect(() => first.current?.focus(), [ways.length]);
  return (
    <>
      {lost && (
        <>
          <p class="banner bad inside" role="alert">
            {t('handoverWaysLost')}
          </p>
          <Choice first onDo={seek}>
            {t('tryAgain')}
          </Choice>
        </>
      )}
      {ways.map((way, n) => (
        <a
          key={way.id}
          ref={n === 0 ? first : null}
          class="btn big p"
          href={`${way.url}?next=/samu&as=another`}
        >
          <span>
            {t('handoverHere')}
            <small>{way.label}</small>
          </span>
          <kbd>↵</kbd>
        </a>
      ))}
    </>
  );
}
