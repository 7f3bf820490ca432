/** One's own identity provider, examined from the service: what is seen, and what to change. */
import { useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { attempt } from '../../app/Failure';
import { type Key, language, t } from '../../words';
import { Trial } from './Trial';

const GRADES: Record<Schemas['FindingView']['grade'], Key> = {
  good: 'adminGood',
  poor: 'adminPoor',
  bad: 'adminBad',
};
const MARKS: Record<Schemas['FindingView']['grade'], string> = { good: '✓', poor: '△', bad: '✕' };

export function Identity() {
  const [found, setFound] = useState<Schemas['FindingView'][] | null>(null);
  const [busy, setBusy] = useState(false);
  const examine = async () => {
    setBusy(true);
    await attempt(async () => setFound(await body(api.POST('/api/admin/identity/examination'))));
    setBusy(false);
  };
  return (
    <>
      <header>
        <span class="muted">{t('adminIdentityLead')}</span>
        <span class="spacer" />
        <button type="button" class="btn p" disabled={busy} onClick={() => void examine()}>
          {t(busy ? 'adminExamining' : 'adminExamine')}
        </button>
      </header>
      {found !== null && (
        <div class="body" aria-live="polite">
          <table>
            <thead>
              <tr>
                <th />
                <th>{t('adminSeen')}</th>
                <th>{t('adminDo')}</th>
              </tr>
            </thead>
            <tbody>
              {found.map((look) => (
                <tr key={`${look.provider} ${look.what} ${look.found}`}>
                  <td>
                    {MARKS[look.grade]} {t(GRADES[look.grade])}
                  </td>
                  <td>
                    <b>{look.what}</b> <span class="mono">{look.found}</span>
                  </td>
                  <td>{language.value === 'fr' ? look.advice_fr : look.advice_en}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Trial />
    </>
  );
}
