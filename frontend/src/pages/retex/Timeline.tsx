/** The moments of a review, one a line, in words; on paper as on the screen. */
import { ExerciseMark } from '../../app/Exercise';
import { me } from '../../state/store';
import { wordsOf } from '../../talk/conversation';
import { cameraCount, clockTime, type Key, language, minutes, t, tCode } from '../../words';
import { exercised, type Review } from './lanes';

type Moment = Review['moments'][number];

export const lasting = (s: number | null) =>
  s === null ? '–' : s < 60 ? `${Math.round(s)} s` : minutes(s * 1000);

export function Timeline({ review }: { review: Review }) {
  const startMs = Date.parse(review.began_at);
  const several = review.incidents.length > 1 || review.declaration !== null;
  return (
    <table>
      {/* Printed, a table's head stands on each page. */}
      <thead>
        {exercised(review) && (
          <tr>
            <th colSpan={several ? 5 : 4}>
              <ExerciseMark of={{ exercise: true }} />
            </th>
          </tr>
        )}
        <tr>
          <th>{t('when')}</th>
          <th>{t(review.declaration === null ? 'retexAfter' : 'retexAfterProposal')}</th>
          {several && <th>{t('retexPick')}</th>}
          <th>{t('what')}</th>
          <th>{t('retexTook')}</th>
        </tr>
      </thead>
      <tbody>
        {review.moments.map((moment, n) => (
          <tr key={n} class={`step ${moment.step} ${moment.unused ? 'unused' : ''}`}>
            <td class="num">{clockTime(Date.parse(moment.at))}</td>
            <td class="num">{after(Date.parse(moment.at) - startMs)}</td>
            {several && <td class="num">{numberOf(moment, review)}</td>}
            <td class="what">
              {sentence(moment, review)}
              {moment.unused && (
                <b class="pill">{t(lives(moment, review) ? 'retexUnusedYet' : 'retexUnused')}</b>
              )}
            </td>
            <td class="num">{moment.took_s === null ? '' : lasting(moment.took_s)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A crisis is sometimes declared before the incident that is told. */
const after = (ms: number) => {
  const whole = Math.trunc(ms / 1000) * 1000;
  return whole < 0 ? `−${minutes(-whole)}` : `+${minutes(whole)}`;
};

const lives = (moment: Moment, review: Review) =>
  review.grants.find((one) => one.id === moment.grant)?.cause === null;

const numberOf = (moment: Moment, review: Review) =>
  review.incidents.find((one) => one.id === moment.incident)?.number ?? '';

function sentence(moment: Moment, review: Review): string {
  const request = review.requests.find((one) => one.id === moment.request);
  const grant = review.grants.find((one) => one.id === moment.grant);
  const [camera] = moment.cameras;
  const message = review.messages.find((one) => one.id === moment.message);
  const view = grant?.views.find((one) => one.camera === camera);
  const granted = request?.extends === null ? (grant?.views.length ?? 0) : (request?.cameras.length ?? 0);
  const cause = moment.cause ?? (moment.step === 'view_ended' ? view?.cause : grant?.cause);
  const named = (person: string | null) => review.persons.find((one) => one.id === person)?.name;
  const said = t(`step_${moment.step}` as Key, {
    actor: named(moment.actor) ?? t('system'),
    relieved: named(moment.relieved) ?? '',
    number: numberOf(moment, review),
    cameras: cameraCount(moment.cameras.length),
    minutes: Math.round((request?.duration_s ?? 0) / 60),
    intent: request === undefined ? '' : tCode('intent_', request.intent, 'what'),
    granted,
    asked: request?.cameras.length ?? 0,
    ref: grant?.ref ?? '',
    words: message === undefined ? '' : wordsSaid(message),
    crisis: review.crises.find((one) => one.id === moment.declaration)?.ref ?? '',
    reason: message?.obstacle
      ? t(`obstacle_${message.obstacle}`)
      : t(request?.refusal ? (`refusal_${request.refusal}` as Key) : 'refusal_hidden'),
    camera: review.cameras.find((one) => one.id === camera)?.name ?? '',
    cause: cause ? t(`cause_${cause}` as Key) : '',
  });
  const told = moment.step === 'crisis_suspended' || moment.step === 'crisis_ended';
  return told && cause && cause !== 'by_hand' ? `${said} · ${t(`cause_${cause}` as Key)}` : said;
}

/** What was said, to whom may read it while it is kept. */
function wordsSaid(message: Review['messages'][number]): string {
  const words = wordsOf(message, me.value?.talk.templates ?? [], language.value);
  if (words !== null) return `« ${words} »`;
  return t(me.value?.organisation.side === 'oversight' ? 'talkReserved' : 'talkErased');
}
