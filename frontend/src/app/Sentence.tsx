/** What happened, said as a sentence; the strip at the foot of both rooms. */
import type { Happened, LiveEvent, RoomState } from '../state/room';
import { cameras, room } from '../state/store';
import { cameraCount, clockTime, type Key, t, tCode } from '../words';

/** An event of the live feed in words. */
export function sentence(event: LiveEvent, state: RoomState | null): string {
  const actor = (event.actor && state?.persons.get(event.actor)?.name) || t('system');
  const camera = event.camera ?? event.viewing?.camera ?? event.message?.camera ?? '';
  const grant = event.grant;
  const view = event.kind.startsWith('view.') ? grant?.views.find((v) => v.camera === camera) : undefined;
  const cause = event.kind.startsWith('crisis.') ? event.crisis?.cause : (view?.suspension ?? grant?.cause);
  const level = event.kind === 'request.escalated' && event.level;
  if (level) return tCode('escalated_', String(level), 'escalated_3');
  return words(event)
    .replace('{actor}', actor)
    .replace('{relieved}', state?.persons.get(event.relieved ?? '')?.name ?? '')
    .replace('{holder}', state?.persons.get(event.charge?.holder ?? '')?.name ?? '')
    .replace('{camera}', cameras.value.get(camera)?.name ?? camera)
    .replace('{number}', event.incident?.number ?? '')
    .replace('{cameras}', cameraCount(event.cameras?.length ?? 0))
    .replace('{minutes}', String(Math.round((event.request?.duration_s ?? 0) / 60)))
    .replace('{ref}', grant?.ref ?? event.crisis?.ref ?? '')
    .replace('{answer}', event.message?.answer ? t(`answer_${event.message.answer}`) : '')
    .replace('{hospital}', nameIn(state, event.crisis?.by_hospital))
    .replace('{city}', nameIn(state, event.crisis?.by_city))
    .replace('{cause}', cause ? t(`cause_${cause}` as Key) : '')
    .replace('{frames}', String(event.viewing?.frames ?? ''))
    .replace('{fault}', tCode('short_', event.fault ?? '', 'short_unreachable'));
}

function words(event: LiveEvent): string {
  if (event.kind === 'request.submitted' && event.request?.extends) return t('more_time');
  if (event.kind === 'message.sent' && event.message?.kind === 'wish') return t('wished');
  if (event.wish) return tCode('k_', `${event.kind}_${event.wish}`, 'system');
  return tCode('k_', event.kind, 'system');
}
const nameIn = (state: RoomState | null, person: string | null | undefined): string =>
  (person && state?.persons.get(person)?.name) || t('someone');

/** What a person who hears the page must be told of at once; messages, alarms and countdowns speak for themselves. */
const HEARD =
  /^(request\.(approved|refused|lapsed|withdrawn)|grant\.(views_revoked|ending)|view\.|sharing\.)/;

/** The strip at the foot of a room: the newest events, one line; the newest of weight is read aloud. */
export function Strip({ aside }: { aside: string }) {
  const recent: readonly Happened[] = room.value?.recent ?? [];
  const heard = recent.find(({ event }) => HEARD.test(event.kind));
  return (
    <footer class="foot">
      <span class="sr" role="status">
        {heard && sentence(heard.event, room.value)}
      </span>
      {recent.slice(0, 4).map(({ id, at, event }) => (
        <span key={id}>
          <b class="num">{clockTime(at)}</b> {sentence(event, room.value)}
        </span>
      ))}
      <span class="spacer" />
      <span>{aside}</span>
    </footer>
  );
}
