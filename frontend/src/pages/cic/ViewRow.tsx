/** One camera of one grant: who sees it, how it is, and the scissors; behind “…” what concerns the camera itself. */
import { useState } from 'preact/hooks';
import { St, type StKind } from '../../app/St';
import { type Failing, type Grant, liveGrants, type RoomState } from '../../state/room';
import { cameras, nameOf } from '../../state/store';
import { EXPIRING_MS } from '../../state/tiles';
import { now } from '../../state/time';
import { clockTime, type Key, minutes, t, tCode } from '../../words';
import { cut, revoke, suspend } from './decide';

type Shown = Grant['views'][number];

export function ViewRow({ room, grant, view }: { room: RoomState; grant: Grant; view: Shown }) {
  const camera = view.camera;
  const [more, setMore] = useState(false);
  const [busy, setBusy] = useState(false);
  const act = async (does: () => Promise<unknown>) => {
    setBusy(true);
    await does();
    setBusy(false);
    setMore(false);
  };
  const watching = [...room.viewings.values()].filter((v) => v.grant === grant.id && v.camera === camera);
  const people = [...new Set(watching.map((v) => nameOf(v.person)))];
  const first = Math.min(...watching.map((v) => Date.parse(v.started_at)));
  const left = Date.parse(grant.ends_at) - now.value;
  const extension = [...room.requests.values()].some(
    (r) => r.extends === grant.id && r.state === 'requested',
  );
  const suspended = view.suspended_at !== null;
  const fault = room.failing.get(camera);
  const { kind, word } = stateOf(left, watching.length, fault !== undefined, suspended);
  const why = whyOf(view, fault);
  const known = cameras.value.get(camera);
  return (
    <>
      <tr>
        <td>
          <b class="num">{known?.number}</b> {known?.name}
        </td>
        <td>
          <span class="who">{people.length > 0 ? people.join(', ') : t('nobody')}</span>
          {watching.length > 0 && (
            <small class="num">
              {t('since')} {clockTime(first)}
            </small>
          )}
          {extension && <small>{t('prolonging')}</small>}
        </td>
        <td>
          <St kind={kind}>{t(word)}</St>
          {why !== null && <small>{why}</small>}
        </td>
        <td class="num" data-head={t('remaining')}>
          <b>{minutes(left)}</b>
        </td>
        <td>
          <button
            type="button"
            class="btn sm no"
            disabled={busy}
            aria-label={`${t('revoke')} ${known?.name ?? ''}`}
            onClick={() => void act(() => revoke(grant.id, [camera]))}
          >
            {t('revoke')}
          </button>{' '}
          <button
            type="button"
            class="btn sm icon"
            aria-expanded={more}
            aria-label={`${t('moreActs')} ${known?.name ?? ''}`}
            onClick={() => setMore(!more)}
          >
            ⋯
          </button>
        </td>
      </tr>
      {more && <More room={room} camera={camera} held={suspended} busy={busy} act={act} />}
    </>
  );
}

function stateOf(
  left: number,
  watching: number,
  failing: boolean,
  suspended: boolean,
): { kind: StKind; word: Key } {
  if (suspended) return { kind: 'idle', word: 'stSuspended' };
  if (failing) return { kind: 'stale', word: 'stFault' };
  if (left < EXPIRING_MS) return { kind: 'exp', word: 'stExpiring' };
  return watching > 0 ? { kind: 'live', word: 'stLive' } : { kind: 'ok', word: 'stApproved' };
}

/** Why it gives no picture, where the state's own word does not say it. */
function whyOf(view: Shown, fault: Failing | undefined): string | null {
  const { suspension } = view;
  if (suspension !== null) return suspension === 'city_pause' ? null : t(`cause_${suspension}`);
  return fault === undefined ? null : tCode('short_', fault.fault, 'short_unreachable');
}

interface MoreProps {
  room: RoomState;
  camera: string;
  held: boolean;
  busy: boolean;
  act(does: () => Promise<unknown>): Promise<void>;
}

/** What else can be done with the camera, for every grant that shows it. */
function More({ room, camera, held, busy, act }: MoreProps) {
  const preempt = () =>
    cut(
      liveGrants(room)
        .filter((g) => g.views.some((view) => view.camera === camera && view.ended_at === null))
        .map((g) => ({ grant: g.id, cameras: [camera], preempt: true })),
    );
  return (
    <tr class="more">
      <td colSpan={5}>
        {!held && (
          <button
            type="button"
            class="btn sm"
            disabled={busy}
            onClick={() => void act(() => suspend(camera))}
          >
            ‖ {t('suspend')}
          </button>
        )}
        <button type="button" class="btn sm no" disabled={busy} onClick={() => void act(preempt)}>
          {t('preempt')}
        </button>
        <small>{t(held ? 'preemptWhy' : 'suspendWhy')}</small>
      </td>
    </tr>
  );
}
