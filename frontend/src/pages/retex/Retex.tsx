/** An incident or a crisis afterwards (RETEX): what was decided, how long it took, what nobody used. No image. */
import { useEffect, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { ExerciseMark } from '../../app/Exercise';
import { Read, useReading } from '../../app/Read';
import { TopBar } from '../../app/TopBar';
import { me } from '../../state/store';
import { wordsOf } from '../../talk/conversation';
import { cameraCount, clockTime, dayTime, type Key, language, minutes, t, tCode } from '../../words';
import { addressOf, crisesOf, entryOf, pickedIn } from './crises';
import { drawn, type Review } from './lanes';

type Incident = Schemas['IncidentView'];
type Moment = Review['moments'][number];

export function Retex() {
  const [wanted, setWanted] = useState(location.search);
  const list = useReading('', () => body(api.GET('/api/reviews')));
  const incidents: readonly Incident[] = list.state.kind === 'read' ? list.state.it : [];
  const crises = crisesOf(incidents);
  const asked = pickedIn(wanted);
  const picked = asked.incident === '' ? { incident: incidents[0]?.id ?? '', crisis: false } : asked;
  const chosen = picked.incident === '' ? '' : addressOf(picked);
  useEffect(() => {
    if (chosen !== '') history.replaceState(null, '', chosen);
  }, [chosen]);
  const review = useReading(chosen, async () => {
    const params = { path: { incident: picked.incident }, query: { crisis: picked.crisis } };
    return chosen === '' ? null : body(api.GET('/api/reviews/{incident}', { params }));
  });
  return (
    <div class="app register retex">
      <div>
        <TopBar title={t('pageRetex')} />
      </div>
      <main id="main" class="panel">
        <header>
          <h2>{t('retex')}</h2>
          <span class="muted">{t('retexLead')}</span>
          <span class="spacer" />
          <select
            aria-label={t('retexPick')}
            value={entryOf(picked, crises)}
            disabled={incidents.length === 0}
            onChange={(event) => setWanted(event.currentTarget.value)}
          >
            {crises.map((of) => {
              const entry = addressOf({ incident: of[0]?.id ?? '', crisis: true });
              return (
                <option key={entry} value={entry}>
                  {of[0]?.exercise && `${t('exercise')} · `}
                  {crisisName(of)}
                </option>
              );
            })}
            {incidents.map((one) => (
              <option key={one.id} value={addressOf({ incident: one.id, crisis: false })}>
                {one.exercise && `${t('exercise')} · `}
                {one.number} · {tCode('nature_', one.nature, 'nature_other')} · {one.place_label}
              </option>
            ))}
          </select>
          <button
            type="button"
            class="btn p"
            disabled={review.state.kind !== 'read' || review.state.it === null}
            onClick={() => print()}
          >
            {t('print')}
          </button>
        </header>
        <div class="body">
          <Read of={list}>
            {(found) =>
              found.length === 0 && chosen === '' ? (
                <p class="empty">{t('retexNone')}</p>
              ) : (
                <Read of={review}>{(it) => it !== null && <Report review={it} />}</Read>
              )
            }
          </Read>
        </div>
      </main>
    </div>
  );
}

const crisisName = (of: readonly Incident[]) =>
  t('retexCrisis', { number: of[0]?.number ?? '', n: of.length });

function Report({ review }: { review: Review }) {
  const { incident, incidents } = review;
  return (
    <article>
      {incident.exercise && (
        <p class="banner exercise">
          {t('exercise')} · {t('exerciseFigures')}
        </p>
      )}
      {incidents.length > 1 && <h3>{crisisName(incidents)}</h3>}
      {incidents.map((one) => (
        <Head key={one.id} incident={one} />
      ))}
      <Figures figures={review.figures} />
      <Chart review={review} />
      <Timeline review={review} />
    </article>
  );
}

function Head({ incident }: { incident: Incident }) {
  return (
    <>
      <h3>
        <span class="num">{incident.number}</span> · {tCode('nature_', incident.nature, 'nature_other')} ·{' '}
        {incident.place_label}
      </h3>
      <p class="muted num">
        {dayTime(Date.parse(incident.opened_at))} –{' '}
        {incident.closed_at === null ? t('retexOpen') : dayTime(Date.parse(incident.closed_at))}
      </p>
    </>
  );
}

const lasting = (s: number | null) => (s === null ? '–' : s < 60 ? `${Math.round(s)} s` : minutes(s * 1000));

function Figures({ figures }: { figures: Review['figures'] }) {
  const shown: [Key, string | number, string?][] = [
    ['figFirstRequest', lasting(figures.first_request_s)],
    ['figAnswer', lasting(figures.answer_median_s)],
    ['figFirstPicture', lasting(figures.first_picture_s)],
    [
      'figRequests',
      figures.requests,
      t('figDecided', {
        a: figures.approved,
        c: figures.automatic,
        r: figures.refused,
        l: figures.lapsed,
      }),
    ],
    ['figCameras', `${figures.cameras_watched} / ${figures.cameras_granted} / ${figures.cameras_asked}`],
    ['figUnused', `${figures.grants_unused} / ${figures.grants}`],
    ['figWatched', lasting(figures.watched_s)],
  ];
  return (
    <dl class="figures">
      {shown.map(([key, value, more]) => (
        <div key={key}>
          <dt>{t(key)}</dt>
          <dd class="num">{value}</dd>
          {more !== undefined && <dd class="muted">{more}</dd>}
        </div>
      ))}
    </dl>
  );
}

const LANE = 22;
const NAME = 250;

/** One line a camera: the outline is access, the filled part somebody looking. The table below says the same. */
function Chart({ review }: { review: Review }) {
  const { lanes, ticks } = drawn(review);
  if (lanes.length === 0) return null;
  const foot = lanes.length * LANE;
  const name = (id: string) => {
    const camera = review.cameras.find((one) => one.id === id);
    return camera === undefined ? id : `${camera.number} ${camera.name}`;
  };
  return (
    <figure>
      <svg viewBox={`${-NAME} -4 ${1000 + NAME + 14} ${foot + 26}`} role="img" aria-label={t('retexChart')}>
        {ticks.map((tick) => (
          <g key={tick.minutes}>
            <line class="tick" x1={tick.at} x2={tick.at} y1={-4} y2={foot} />
            <text class="small" x={tick.at} y={foot + 16} text-anchor="middle">
              {tick.minutes === 0 ? t('retexStart') : `${tick.minutes} min`}
            </text>
          </g>
        ))}
        {lanes.map((lane, n) => (
          <g key={lane.key} transform={`translate(0 ${n * LANE})`}>
            <text x={-8} y={14} text-anchor="end">
              {name(lane.camera).slice(0, 30)} · {lane.ref}
            </text>
            <rect
              class="granted"
              x={lane.granted.left}
              y={3}
              width={Math.max(2, lane.granted.width)}
              height={15}
            />
            {lane.looks.map((look) => (
              <rect
                class="looked"
                key={`${look.left} ${look.width}`}
                x={look.left}
                y={6}
                width={Math.max(1.5, look.width)}
                height={9}
              />
            ))}
          </g>
        ))}
      </svg>
      <figcaption class="muted">{t('retexLegend')}</figcaption>
    </figure>
  );
}

function Timeline({ review }: { review: Review }) {
  const startMs = Date.parse(review.incident.opened_at);
  const several = review.incidents.length > 1;
  return (
    <table>
      {/* Printed, a table's head stands on each page. */}
      <thead>
        {review.incident.exercise && (
          <tr>
            <th colSpan={several ? 5 : 4}>
              <ExerciseMark of={review.incident} />
            </th>
          </tr>
        )}
        <tr>
          <th>{t('when')}</th>
          <th>{t('retexAfter')}</th>
          {several && <th>{t('retexPick')}</th>}
          <th>{t('what')}</th>
          <th>{t('retexTook')}</th>
        </tr>
      </thead>
      <tbody>
        {review.moments.map((moment, n) => (
          <tr key={n} class={`step ${moment.step}`}>
            <td class="num">{clockTime(Date.parse(moment.at))}</td>
            <td class="num">+{minutes(Date.parse(moment.at) - startMs)}</td>
            {several && <td class="num">{numberOf(moment, review)}</td>}
            <td class="what">{sentence(moment, review)}</td>
            <td class="num">{moment.took_s === null ? '' : lasting(moment.took_s)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

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
  return t(`step_${moment.step}` as Key, {
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
}

/** What was said, to whom may read it while it is kept. */
function wordsSaid(message: Review['messages'][number]): string {
  const words = wordsOf(message, me.value?.talk.templates ?? [], language.value);
  if (words !== null) return `« ${words} »`;
  return t(me.value?.organisation.side === 'oversight' ? 'talkReserved' : 'talkErased');
}
