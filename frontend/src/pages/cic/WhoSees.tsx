/** The city’s answer to “who sees us now”, with the scissors beside every row. */
import { useRef, useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { St, type StKind } from '../../app/St';
import { type Grant, liveGrants, type RoomState } from '../../state/room';
import { cameras, nameOf, organisationOf } from '../../state/store';
import { EXPIRING_MS, wasCut } from '../../state/tiles';
import { now } from '../../state/time';
import { clockTime, type Key, minutes, t, tCode } from '../../words';
import { revoke } from './decide';

const ENDED_SHOWN = 8;

/** Who sees what, now: one row a camera of a grant, grouped by incident, each with its own cut. */
export function WhoSees({ room }: { room: RoomState }) {
  const live = liveGrants(room);
  const viewings = [...room.viewings.values()];
  const ends = live.map((g) => Date.parse(g.ends_at));
  const incidents = [...new Set(live.map((g) => g.incident))];
  return (
    <section class="panel who-sees" aria-label={t('whoSees')}>
      <header>
        <h2>{t('whoSees')}</h2>
      </header>
      <Failure at="who" />
      <div class="body">
        <div class="counts">
          <Count value={String(new Set(viewings.map((v) => v.camera)).size)} label={t('camerasSeen')} />
          <Count value={String(viewings.length)} label={t('screens')} />
          <Count
            value={ends.length > 0 ? minutes(Math.min(...ends) - now.value) : '—'}
            label={t('nextEnd')}
          />
          <Count
            value={room.answerMedianS === null ? '—' : `${Math.round(room.answerMedianS)} s`}
            label={t('meanDelay')}
          />
        </div>
        {live.length === 0 ? (
          <div class="empty">
            <b>{t('granteesNone')}</b>
            <span>{t('granteesNoneDo')}</span>
          </div>
        ) : (
          <table>
            <thead>
              <tr>
                <th>{t('camera')}</th>
                <th>{t('seenBy')}</th>
                <th>{t('state')}</th>
                <th>{t('remaining')}</th>
                <td />
              </tr>
            </thead>
            {incidents.map((id) => (
              <Incident key={id} room={room} id={id} grants={live.filter((g) => g.incident === id)} />
            ))}
          </table>
        )}
        <Ended room={room} />
      </div>
      <p class="why note">{t('killExplain')}</p>
    </section>
  );
}

function Count({ value, label }: { value: string; label: string }) {
  return (
    <div>
      <b class="num">{value}</b>
      <span>{label}</span>
    </div>
  );
}

function Incident({ room, id, grants }: { room: RoomState; id: string; grants: Grant[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const incident = room.incidents.get(id);
  const organisation = organisationOf(incident?.organisation ?? '');
  const all = () => {
    dialog.current?.close();
    for (const grant of grants) void revoke(grant.id, null);
  };
  return (
    <tbody>
      <tr class="grp">
        <td colSpan={4}>
          {t('incident')} {incident?.number} · {organisation?.short_name} · {incident?.place_label}
        </td>
        <td>
          <button type="button" class="btn sm no" onClick={() => dialog.current?.showModal()}>
            {t('revokeIncident')}
          </button>
          <dialog ref={dialog}>
            <h2>{t('revokeIncidentAsk')}</h2>
            <div class="acts">
              <button type="button" class="btn" onClick={() => dialog.current?.close()}>
                {t('cancel')}
              </button>
              <button type="button" class="btn no" onClick={all}>
                {t('revokeIncident')}
              </button>
            </div>
          </dialog>
        </td>
      </tr>
      {grants.flatMap((grant) =>
        grant.views
          .filter((view) => view.ended_at === null)
          .map((view) => (
            <View key={`${grant.id}-${view.camera}`} room={room} grant={grant} camera={view.camera} />
          )),
      )}
    </tbody>
  );
}

function View({ room, grant, camera }: { room: RoomState; grant: Grant; camera: string }) {
  const [busy, setBusy] = useState(false);
  const watching = [...room.viewings.values()].filter((v) => v.grant === grant.id && v.camera === camera);
  const people = [...new Set(watching.map((v) => nameOf(v.person)))];
  const first = Math.min(...watching.map((v) => Date.parse(v.started_at)));
  const left = Date.parse(grant.ends_at) - now.value;
  const extension = [...room.requests.values()].some(
    (r) => r.extends === grant.id && r.state === 'requested',
  );
  const suspended = grant.views.some((view) => view.camera === camera && view.suspended_at !== null);
  const { kind, word } = stateOf(left, watching.length, room.failing.has(camera), suspended);
  const known = cameras.value.get(camera);
  return (
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
      </td>
      <td class="num">
        <b>{minutes(left)}</b>
      </td>
      <td>
        <button
          type="button"
          class="btn sm no"
          disabled={busy}
          onClick={async () => {
            setBusy(true);
            await revoke(grant.id, [camera]);
            setBusy(false);
          }}
        >
          {t('revoke')}
        </button>
      </td>
    </tr>
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

function Ended({ room }: { room: RoomState }) {
  const ended = [...room.grants.values()]
    .flatMap((grant) =>
      grant.views.flatMap((view) =>
        view.ended_at === null ? [] : [{ grant, view, at: Date.parse(view.ended_at) }],
      ),
    )
    .sort((a, b) => b.at - a.at)
    .slice(0, ENDED_SHOWN);
  if (ended.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th colSpan={4}>{t('endedSince')}</th>
        </tr>
      </thead>
      <tbody>
        {ended.map(({ grant, view, at }) => (
          <tr key={`${grant.id}-${view.camera}`}>
            <td>
              <b class="num">{cameras.value.get(view.camera)?.number}</b>{' '}
              {cameras.value.get(view.camera)?.name}
            </td>
            <td>{nameOf(grant.requester)}</td>
            <td>
              <St kind={wasCut(view.cause) ? 'off' : 'idle'}>
                {tCode('cause_', view.cause ?? '', 'stEnded')}
              </St>
            </td>
            <td class="num">
              {clockTime(at)} <small>{nameOf(view.ended_by)}</small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
