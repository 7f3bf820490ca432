/** A file: what it would do, line by line, then all of that or nothing. */
import { useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../../api/client';
import { type Key, t } from '../../../words';
import { day } from './days';
import { Modal } from './Modal';
import { Errors, useAct } from './wrong';

type Plan = Schemas['PlanView'];

export function Import({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [content, setContent] = useState('');
  const [plan, setPlan] = useState<Plan | null>(null);
  const { act, busy, shown } = useAct('roster');
  const preview = async (file: File | undefined) => {
    setPlan(null);
    if (file === undefined) return;
    const read = base64(new Uint8Array(await file.arrayBuffer()));
    setContent(read);
    await act(async () =>
      setPlan(await body(api.POST('/api/admin/roster/preview', { body: { content: read } }))),
    );
  };
  const write = async () => {
    if (plan === null) return;
    const sent = { content, digest: plan.digest };
    if (await act(() => body(api.POST('/api/admin/roster/import', { body: sent })))) onDone();
  };
  return (
    <Modal title={t('rosterImport')} wide onClose={onClose}>
      <p class="muted">{t('rosterImportHow')}</p>
      <label class="file">
        {t('rosterFile')}
        <input
          type="file"
          accept=".csv,text/csv"
          onClick={(event) => {
            event.currentTarget.value = ''; // the same file, corrected, is another one
          }}
          onChange={(event) => void preview(event.currentTarget.files?.[0])}
        />
      </label>
      {shown}
      {plan !== null && <Preview plan={plan} />}
      <div class="acts">
        <button type="button" class="btn" onClick={onClose}>
          {t('cancel')}
        </button>
        <button
          type="button"
          class="btn p"
          disabled={busy || plan === null || plan.wrong > 0 || plan.given === 0}
          onClick={() => void write()}
        >
          {t('rosterImportDo', { n: plan?.given ?? 0 })}
        </button>
      </div>
    </Modal>
  );
}

function Preview({ plan }: { plan: Plan }) {
  const { given, persons, unchanged, wrong } = plan;
  return (
    <>
      <p role="status">
        <b>{t('rosterPlan', { given, persons, unchanged })}</b>{' '}
        {wrong > 0 && <b class="bad">{t('rosterPlanWrong', { wrong })}</b>}
      </p>
      <div class="lines">
        <table>
          <thead>
            <tr>
              <th>{t('rosterLine')}</th>
              <th>{t('col_nom')}</th>
              <th>{t('col_role')}</th>
              <th>{t('rosterFromTo')}</th>
              <th>{t('rosterOutcome')}</th>
            </tr>
          </thead>
          <tbody>
            {plan.lines.map((line) => (
              <tr key={line.line} class={line.outcome === null ? 'bad' : ''}>
                <td class="num">{line.line}</td>
                <td>{line.cells.nom}</td>
                <td>{line.role === null ? line.cells.role : t(`role_${line.role}` as Key)}</td>
                <td class="num">
                  {day(line.first_day ?? line.cells.debut ?? '')} →{' '}
                  {day(line.last_day ?? line.cells.fin ?? '')}
                </td>
                <td>
                  {line.outcome !== null && t(`outcome_${line.outcome}` as Key)}
                  <Errors errors={line.errors.map((error) => ({ ...error, line: 0 }))} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Bytes as the API takes them. */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
