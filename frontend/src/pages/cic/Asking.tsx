/** What a request says: who asks, why, since when, and whom its waiting has called so far. */
import { ExerciseMark } from '../../app/Exercise';
import { St } from '../../app/St';
import type { Grant, Request } from '../../state/room';
import { me, nameOf, organisationOf, room } from '../../state/store';
import { now } from '../../state/time';
import { cameraCount, type Key, minutes, t } from '../../words';
import { nextCallAt } from './alarm';

const OBJECTIVE_MS = 60_000;

export function Asking({ request, grant, asked }: { request: Request; grant: Grant | null; asked: number }) {
  const incident = room.value?.incidents.get(request.incident);
  const ageMs = now.value - Date.parse(request.created_at);
  const organisation = organisationOf(request.beneficiary);
  return (
    <>
      <div class="h">
        <div>
          <h3>
            <ExerciseMark of={request} /> {organisation?.short_name} · {nameOf(request.requester)}
          </h3>
          <p>
            {incident && `${t('incident')} ${incident.number} · ${t(`nature_${incident.nature}` as Key)}`}
            {incident?.mass_casualty && `, ${t('massCasualty')}`}
          </p>
        </div>
        <p class={`age ${ageMs > OBJECTIVE_MS ? 'hot' : ''}`}>
          <b class="num">{minutes(ageMs)}</b>
          <small class="num">
            {grant === null
              ? `${t('objective')} ${minutes(OBJECTIVE_MS)}`
              : `${t('endsIn')} ${minutes(Date.parse(grant.ends_at) - now.value)}`}
          </small>
        </p>
      </div>
      <p class="why">
        <b>
          {grant !== null && `${t('extension')} ${grant.ref} · `}
          {t(`intent_${request.intent}` as Key)}
        </b>
        <br />
        <span class="muted">
          {incident?.place_label} · {cameraCount(request.cameras.length)} · {asked} min {t('minutesAsked')}
        </span>
      </p>
      <Called request={request} />
    </>
  );
}

/** How far the unanswered request went, what comes next, and the asker's telephone. */
function Called({ request }: { request: Request }) {
  const level = Math.min(room.value?.levels.get(request.id) ?? 0, 3);
  const next = nextCallAt(request, level, me.value?.limits.escalation_s ?? []);
  const phone = organisationOf(request.beneficiary)?.phone;
  return (
    <p class="called">
      {level > 0 && <St kind={level > 1 ? 'stale' : 'exp'}>{t(`escalated_${level}` as Key)}</St>}
      {next !== null && (
        <small class="num">
          {t(`escalates_${Math.min(level + 1, 3)}` as Key)} {minutes(next - now.value)}
        </small>
      )}
      {phone && (
        <a href={`tel:${phone.replaceAll(' ', '')}`}>
          {t('call')} <span class="num">{phone}</span>
        </a>
      )}
    </p>
  );
}
