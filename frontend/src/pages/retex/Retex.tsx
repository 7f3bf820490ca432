/** An incident or a crisis afterwards (RETEX): what was decided, how long it took, what nobody used. No image. */
import { useEffect, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { Read, useReading } from '../../app/Read';
import { TopBar } from '../../app/TopBar';
import { cameraCount, dayTime, type Key, t, tCode } from '../../words';
import { addressOf, crisesOf, entryOf, type Picked, pickedIn } from './crises';
import { drawn, exercised, type Review } from './lanes';
import { lasting, Timeline } from './Timeline';

type Incident = Schemas['IncidentView'];
type Crisis = Schemas['CrisisView'];

export function Retex() {
  const [wanted, setWanted] = useState(location.search);
  const list = useReading('', () =>
    Promise.all([body(api.GET('/api/reviews')), body(api.GET('/api/crises'))]),
  );
  const [incidents, declared] = list.state.kind === 'read' ? list.state.it : NOTHING;
  const crises = crisesOf(incidents);
  const picked = pickedIn(wanted) ?? newestOf(incidents, declared);
  const chosen = picked === null ? '' : addressOf(picked);
  useEffect(() => {
    if (chosen !== '') history.replaceState(null, '', chosen);
  }, [chosen]);
  const review = useReading(chosen, () => (picked === null ? Promise.resolve(null) : readOf(picked)));
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
            value={picked === null ? '' : entryOf(picked, crises)}
            disabled={incidents.length + declared.length === 0}
            onChange={(event) => setWanted(event.currentTarget.value)}
          >
            {declared.map((one) => (
              <option key={one.id} value={addressOf({ declaration: one.id })}>
                {one.exercise && `${t('exercise')} · `}
                {declaredName(one)} · {dayTime(Date.parse(one.proposed_at))}
              </option>
            ))}
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
              found.every((of) => of.length === 0) && chosen === '' ? (
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

const NOTHING: [Incident[], Crisis[]] = [[], []];

function newestOf(incidents: readonly Incident[], declared: readonly Crisis[]): Picked | null {
  if (incidents[0] !== undefined) return { incident: incidents[0].id, crisis: false };
  return declared[0] === undefined ? null : { declaration: declared[0].id };
}

function readOf(picked: Picked): Promise<Review> {
  if ('declaration' in picked) {
    const path = { crisis: picked.declaration };
    return body(api.GET('/api/crises/{crisis}/review', { params: { path } }));
  }
  const params = { path: { incident: picked.incident }, query: { crisis: picked.crisis } };
  return body(api.GET('/api/reviews/{incident}', { params }));
}

const declaredName = (crisis: Crisis) =>
  t(crisis.activated_at === null ? 'retexProposed' : 'retexDeclared', { ref: crisis.ref });

const crisisName = (of: readonly Incident[]) =>
  t('retexCrisis', { number: of[0]?.number ?? '', n: of.length });

function Report({ review }: { review: Review }) {
  const { declaration, incidents } = review;
  return (
    <article>
      {exercised(review) && (
        <p class="banner exercise">
          {t('exercise')} · {t('exerciseFigures')}
        </p>
      )}
      {declaration !== null && <Declared crisis={declaration} review={review} />}
      {declaration === null && incidents.length > 1 && <h3>{crisisName(incidents)}</h3>}
      {incidents.map((one) => (
        <Head key={one.id} incident={one} />
      ))}
      <Figures figures={review.figures} from={t(declaration === null ? 'retexStart' : 'retexProposal')} />
      <Chart review={review} />
      <Timeline review={review} />
    </article>
  );
}

/** Its terms, and who agreed on them; how it went is in the timeline. */
function Declared({ crisis, review }: { crisis: Crisis; review: Review }) {
  const named = (person: string | null) => review.persons.find((one) => one.id === person)?.name;
  return (
    <>
      <h3>{declaredName(crisis)}</h3>
      <p class="muted num">
        {span(crisis.proposed_at, crisis.ended_at)}
        {' · '}
        {[named(crisis.by_hospital), named(crisis.by_city)].filter(Boolean).join(', ')}
        {' · '}
        {cameraCount(crisis.cameras.length)}
        {' · '}
        {t('crisisGrantUpTo', { n: Math.round(crisis.grant_s / 60) })}
        {' · '}
        {t('retexUntil', { at: dayTime(Date.parse(crisis.ends_at)) })}
      </p>
    </>
  );
}

const span = (from: string, to: string | null) =>
  `${dayTime(Date.parse(from))} – ${to === null ? t('retexOpen') : dayTime(Date.parse(to))}`;

function Head({ incident }: { incident: Incident }) {
  return (
    <>
      <h3>
        <span class="num">{incident.number}</span> · {tCode('nature_', incident.nature, 'nature_other')} ·{' '}
        {incident.place_label}
      </h3>
      <p class="muted num">{span(incident.opened_at, incident.closed_at)}</p>
    </>
  );
}

/** `from`: the word for what they count from. */
function Figures({ figures, from }: { figures: Review['figures']; from: string }) {
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
          <dt>{t(key, { from })}</dt>
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
  const begins = t(review.declaration === null ? 'retexStart' : 'retexProposal').toLowerCase();
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
              {tick.minutes === 0 ? begins : `${tick.minutes} min`}
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
