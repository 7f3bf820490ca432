/** The register for the people who check it: sentences, exact bytes, and a proof computed here. No image. */
import { useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { ExerciseMark } from '../../app/Exercise';
import { attempt, Failure } from '../../app/Failure';
import { Read, useReading } from '../../app/Read';
import { St } from '../../app/St';
import { TopBar } from '../../app/TopBar';
import { cameraCount, dayTime, type Key, t, tCode } from '../../words';
import { later } from '../../words/frlater';
import { fromBase64, type Verdict, verify } from './verify';

const PAGE = 100;
const KINDS = Object.keys(later).filter((key) => key.startsWith('e_')) as Key[];
type Entry = Schemas['EntryView'];

export function Register() {
  const [kind, setKind] = useState('');
  const [before, setBefore] = useState<number | null>(null);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const entries = useReading(`${kind} ${before}`, () => {
    const query = {
      limit: PAGE,
      ...(kind === '' ? {} : { kind: [kind] }),
      ...(before === null ? {} : { before }),
    };
    return body(api.GET('/api/register', { params: { query } }));
  });
  return (
    <div class="app register">
      <div>
        <TopBar title={t('pageRegister')} />
        <Failure />
      </div>
      <main id="main" class="panel">
        <header>
          <h2>{t('register')}</h2>
          <span class="muted">{t('registerLead')}</span>
          <span class="spacer" />
          <select
            aria-label={t('allKinds')}
            value={kind}
            onChange={(event) => {
              setKind(event.currentTarget.value);
              setBefore(null);
            }}
          >
            <option value="">{t('allKinds')}</option>
            {KINDS.map((key) => (
              <option key={key} value={key.slice(2)}>
                {t(key)}
              </option>
            ))}
          </select>
          <button
            type="button"
            class="btn p"
            disabled={verdict?.kind === 'busy'}
            onClick={() => void check(setVerdict)}
          >
            {t(verdict?.kind === 'busy' ? 'verifying' : 'verify')}
          </button>
        </header>
        <Shown verdict={verdict} />
        <div class="body">
          <Read of={entries}>
            {(page) => <Entries page={page} first={before === null} onBefore={setBefore} />}
          </Read>
        </div>
      </main>
    </div>
  );
}

interface EntriesProps {
  page: Schemas['RegisterPage'];
  first: boolean;
  /** Turn to the entries before this one; null: to the newest. */
  onBefore(seq: number | null): void;
}

function Entries({ page, first, onBefore }: EntriesProps) {
  const last = page.entries.at(-1);
  return (
    <>
      <table>
        <thead>
          <tr>
            <th>{t('entry')}</th>
            <th>{t('when')}</th>
            <th>{t('what')}</th>
            <th>{t('details')}</th>
          </tr>
        </thead>
        <tbody>
          {page.entries.map((entry) => (
            <Row key={entry.seq} entry={entry} page={page} />
          ))}
        </tbody>
      </table>
      {page.entries.length === 0 && <p class="empty">{t('registerEmpty')}</p>}
      <div class="pages">
        {!first && (
          <button type="button" class="btn" onClick={() => onBefore(null)}>
            {t('newest')}
          </button>
        )}
        {last !== undefined && last.seq > 1 && page.entries.length === PAGE && (
          <button type="button" class="btn" onClick={() => onBefore(last.seq)}>
            {t('older')}
          </button>
        )}
      </div>
    </>
  );
}

async function check(told: (verdict: Verdict | null) => void): Promise<void> {
  told({ kind: 'busy', done: 0, of: 0 });
  if (!(await attempt(async () => told(await verify(told))))) told(null);
}

function Shown({ verdict }: { verdict: Verdict | null }) {
  if (verdict === null) return null;
  if (verdict.kind === 'busy')
    return (
      <div class="verdict" role="status">
        <progress value={verdict.done} max={Math.max(1, verdict.of)} aria-label={t('verifying')} />
        <span class="num">
          {verdict.done} / {verdict.of} {t('verifyEntries')}
        </span>
      </div>
    );
  return (
    <div class={`verdict ${verdict.kind}`} role="status">
      <St kind={verdict.kind === 'ok' ? 'ok' : 'off'}>
        {t(verdict.kind === 'ok' ? 'verifyOk' : 'verifyBad')}
      </St>
      <span>
        <b class="num">{verdict.size}</b> {t('verifyEntries')} · {t('verifyRoot')} <code>{verdict.root}</code>
      </span>
      {verdict.kind === 'bad' && (
        <b>
          {verdict.firstBad === null ? t('verifyRootDiffers') : `${t('verifyFirstBad')} ${verdict.firstBad}`}
        </b>
      )}
      <small>{t('verifyExplain')}</small>
    </div>
  );
}

function Row({ entry, page }: { entry: Entry; page: Schemas['RegisterPage'] }) {
  const text = new TextDecoder().decode(fromBase64(entry.body));
  return (
    <tr>
      <td class="num">{entry.seq}</td>
      <td class="num">{dayTime(Date.parse(entry.at))}</td>
      <td>
        <ExerciseMark of={JSON.parse(text)} /> {said(entry.kind, JSON.parse(text), page)}{' '}
        <small>{entry.kind}</small>
      </td>
      <td>
        <details>
          <summary class="num">{entry.leaf.slice(0, 12)}…</summary>
          <code class="bytes">{text}</code>
        </details>
      </td>
    </tr>
  );
}

const nameIn = (page: Schemas['RegisterPage'], person: unknown): string =>
  page.persons.find((one) => one.id === person)?.name ?? t('someone');

/** An entry in words, from its own bytes and today's names. */
export function said(kind: string, facts: Record<string, unknown>, page: Schemas['RegisterPage']): string {
  const named = (id: unknown) => page.persons.find((p) => p.id === id)?.name;
  const fill: Record<string, string> = {
    actor: named(facts.actor) ?? (facts.actor ? t('someone') : t('system')),
    person: named(facts.person) ?? t('someone'),
    relieved: named(facts.relieved) ?? t('someone'),
    holder: named(facts.holder) ?? t('someone'),
    role: tCode('role_', String(facts.role ?? ''), 'someone'),
    from: dayOf(facts.valid_from_ms),
    until: dayOf(facts.valid_until_ms),
    cameras: cameraCount(Array.isArray(facts.cameras) ? facts.cameras.length : 0),
    camera: page.cameras.find((c) => c.id === facts.camera)?.name ?? String(facts.camera ?? ''),
    minutes: String(Math.round(Number(facts.duration_s ?? 0) / 60)),
    ref: String(facts.grant_ref ?? facts.ref ?? ''),
    answer: tCode('answer_', String(facts.answer ?? ''), 'answer_waiting'),
    hospital: nameIn(page, facts.by_hospital),
    city: nameIn(page, facts.by_city),
    cause: tCode('cause_', String(facts.cause ?? ''), 'stEnded'),
  };
  return template(kind, facts).replace(
    /\{(\w+)\}/g,
    (_whole, name: string) => fill[name] ?? String(facts[name] ?? ''),
  );
}

const dayOf = (ms: unknown): string => (typeof ms === 'number' ? dayTime(ms) : '');
function template(kind: string, facts: Record<string, unknown>): string {
  if (kind === 'request.submitted' && facts.extends) return t('more_time');
  if (kind === 'message.sent' && facts.category === 'wish') return t('wished');
  if (facts.taken) return t('handoverTaken');
  if (facts.wish) return tCode('k_', `${kind}_${facts.wish}`, 'what');
  return tCode('k_', kind, 'what');
}
