/** The city’s answer to “who sees us now”, with the scissors beside every row. */
import { useRef } from 'preact/hooks';
import { ExerciseMark } from '../../app/Exercise';
import { Failure } from '../../app/Failure';
import { St } from '../../app/St';
import { type Grant, liveGrants, type RoomState } from '../../state/room';
import { cameras, nameOf, organisationOf } from '../../state/store';
import { wasCut } from '../../state/tiles';
import { now } from '../../state/time';
import { clockTime, minutes, t, tCode } from '../../words';
import { cut, revoke } from './decide';
import { HeldBack } from './HeldBack';
import { People } from './People';
import { Previews } from './Previews';
import { ViewRow } from './ViewRow';

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
        <People viewings={viewings} />
        <Previews room={room} />
        {live.length === 0 ? (
          <div class="empty">
            <b>{t('granteesNone')}</b>
            <span>{t('granteesNoneDo')}</span>
          </div>
        ) : (
          <table class="board">
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
        <HeldBack room={room} />
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
    void cut(grants.map(({ id }) => ({ grant: id, cameras: null })));
  };
  return (
    <tbody>
      <tr class="grp">
        <td colSpan={4}>
          <ExerciseMark of={incident} /> {t('incident')} {incident?.number} · {organisation?.short_name} ·{' '}
          {incident?.place_label}
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
      {grants.map((grant) => (
        <Granted key={grant.id} room={room} grant={grant} />
      ))}
    </tbody>
  );
}

/** One approval: who gave it, and the cut of all it shows. */
function Granted({ room, grant }: { room: RoomState; grant: Grant }) {
  return (
    <>
      <tr class="grp sub">
        <td colSpan={4}>
          {t('grantWord')} <b class="num">{grant.ref}</b>{' '}
          <small>
            {grant.declaration
              ? t('automaticBy', { ref: room.crises.get(grant.declaration)?.ref ?? '' })
              : `${t('approvedBy')} ${nameOf(grant.approver)}`}{' '}
            {t('at')} <span class="num">{clockTime(Date.parse(grant.starts_at))}</span>
          </small>
        </td>
        <td>
          <button
            type="button"
            class="btn sm no"
            aria-label={`${t('revokeGrant')} ${grant.ref}`}
            onClick={() => void revoke(grant.id, null)}
          >
            {t('revokeGrant')}
          </button>
        </td>
      </tr>
      {grant.views
        .filter((view) => view.ended_at === null)
        .map((view) => (
          <ViewRow key={view.camera} room={room} grant={grant} view={view} />
        ))}
    </>
  );
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
    <table class="board ended">
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
