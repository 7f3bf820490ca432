/** Declared crises above both rooms: what is granted at once, until when, who declared it, and how to stop it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { setRinging } from '../../app/sound';
import { openCrises, type Powers, powers, runningIn } from '../../state/crisis';
import type { Crisis, RoomState } from '../../state/room';
import { me, nameOf, organisationOf, room } from '../../state/store';
import { second } from '../../state/time';
import { cameraCount, clockTime, minutes, plural, t } from '../../words';
import { here, shortcuts, useShortcuts } from '../samu/shortcuts';
import { confirm, decline, end, resume, suspend } from './acts';
import { OverLater } from './OverLater';
import { Terms } from './Terms';

type Where = 'samu' | 'cic';

/** A proposal rings where it may be confirmed, until acknowledged: by its button, or by Space where nothing else rings. */
export function CrisisBanners({ where, othersRing = false }: { where: Where; othersRing?: boolean }) {
  const state = room.value;
  const who = me.value;
  const open = openCrises(state);
  const [heard, setHeard] = useState<readonly string[]>([]);
  const ringing = open
    .filter(({ id }) => !heard.includes(id))
    .filter((one) => who && powers(one, who).confirm);
  const rings = ringing.length > 0;
  const acknowledge = () => setHeard([...heard, ...ringing.map(({ id }) => id)]);
  useEffect(() => {
    setRinging('proposal', rings, t('crisisRing'));
    return () => setRinging('proposal', false);
  }, [rings]);
  useShortcuts((event) => {
    if (event.key !== ' ' || !rings || othersRing || !here(event)) return false;
    acknowledge();
    return true;
  });
  if (state === null || !who) return null;
  return (
    <>
      {open.map((crisis) => (
        <One key={crisis.id} crisis={crisis} may={powers(crisis, who)} state={state} where={where}>
          {ringing.includes(crisis) && (
            <button type="button" class="btn sm" onClick={acknowledge}>
              {t('acknowledge')} {shortcuts.value && <kbd>{t('space')}</kbd>}
            </button>
          )}
        </One>
      ))}
      <OverLater />
    </>
  );
}

interface OneProps {
  crisis: Crisis;
  may: Powers;
  state: RoomState;
  where: Where;
  children: ComponentChildren;
}

function One({ crisis, may, state, where, children }: OneProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const running = runningIn(state, crisis);
  const proposed = crisis.state === 'proposed';
  const left = Date.parse(proposed ? crisis.confirm_by : crisis.ends_at) - second.value;
  return (
    <section class={`banner crisis ${crisis.state}`} aria-label={`${t('crisisDeclared')} ${crisis.ref}`}>
      {crisis.exercise && <b class="pill exercise">{t('exercise')}</b>}
      <b role={may.confirm ? 'alert' : 'status'}>
        {t(`crisis_${crisis.state as 'proposed' | 'active' | 'suspended'}`)}{' '}
        <span class="num">{crisis.ref}</span>
      </b>
      <span>
        {t(proposed ? 'crisisConfirmIn' : 'crisisEndsIn')} <b class="num">{minutes(left)}</b>
        {!proposed && <span class="num"> ({clockTime(Date.parse(crisis.ends_at))})</span>}
      </span>
      <span>
        {cameraCount(crisis.cameras.length)} · {t('crisisGrantUpTo', { n: Math.round(crisis.grant_s / 60) })}{' '}
        · {whose(crisis)}
      </span>
      {!proposed && <span class="num">{t('crisisRunning', { n: running.length })}</span>}
      <span class="spacer" />
      {children}
      <button
        type="button"
        class={`btn sm ${may.confirm ? 'p' : ''}`}
        onClick={() => dialog.current?.showModal()}
      >
        {t(may.confirm ? 'crisisRead' : 'crisisShow')}
      </button>
      {may.suspend && (
        <button type="button" class="btn sm no" onClick={() => void suspend(crisis.id, false)}>
          {t('crisisSuspend')} {shortcuts.value && <kbd>S</kbd>}
        </button>
      )}
      {crisis.state === 'suspended' && where === 'cic' && running.length > 0 && (
        <button type="button" class="btn sm no" onClick={() => void suspend(crisis.id, true)}>
          {plural(running.length, t('crisisCutRunning1'), t('crisisCutRunning', { n: running.length }))}{' '}
          {shortcuts.value && <kbd>⇧S</kbd>}
        </button>
      )}
      {may.resume && (
        <button type="button" class="btn sm" onClick={() => void resume(crisis.id)}>
          {t('crisisResume')}
        </button>
      )}
      <dialog ref={dialog} class="wide crisis" aria-label={`${t('crisisDeclared')} ${crisis.ref}`}>
        <Details
          crisis={crisis}
          may={may}
          running={running.length}
          where={where}
          close={() => dialog.current?.close()}
        />
      </dialog>
    </section>
  );
}

function whose({ by_hospital, by_city, waits_for, beneficiary, owner }: Crisis): string {
  const both = [nameOf(by_hospital), nameOf(by_city)].filter(Boolean).join(', ');
  if (waits_for === null) return both;
  const other = organisationOf(waits_for === 'city' ? owner : beneficiary);
  return t('crisisWaits', { who: both, side: other?.short_name ?? '' });
}

interface DetailsProps {
  crisis: Crisis;
  may: Powers;
  running: number;
  where: Where;
  close(): void;
}

function Details({ crisis, may, running, where, close }: DetailsProps) {
  const done = async (act: Promise<boolean>) => {
    if (await act) close();
  };
  return (
    <>
      <h2>
        {t('crisisDeclared')} <span class="num">{crisis.ref}</span>
      </h2>
      <p class="muted">{t(may.confirm ? 'crisisConfirmLead' : 'crisisLead')}</p>
      <Terms crisis={crisis} room={where} />
      <Failure at="crisis" />
      <div class="acts">
        <button type="button" class="btn" onClick={close}>
          {t('close')}
        </button>
        {may.decline && (
          <button type="button" class="btn no" onClick={() => void done(decline(crisis.id))}>
            {t(may.confirm ? 'crisisDecline' : 'crisisTakeBack')}
          </button>
        )}
        {may.confirm && (
          <button type="button" class="btn p" onClick={() => void done(confirm(crisis.id, crisis.version))}>
            {t('crisisConfirm')}
          </button>
        )}
        {may.end && (
          <button type="button" class="btn no" onClick={() => void done(end(crisis.id))}>
            {running === 0 ? t('crisisStop') : t('crisisStopCut', { n: running })}
          </button>
        )}
      </div>
    </>
  );
}
