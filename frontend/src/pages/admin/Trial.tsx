/** A test login at one's own provider: what it says of somebody, and who that would be here. Opens no session. */
import { useEffect, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { attempt } from '../../app/Failure';
import { St } from '../../app/St';
import { type Key, t } from '../../words';

export function Trial() {
  const [found, setFound] = useState<Schemas['TrialView'] | null>(null);
  useEffect(() => {
    if (!new URLSearchParams(location.search).has('essai')) return;
    history.replaceState(null, '', location.pathname);
    void attempt(async () => {
      const [one] = await body(api.POST('/api/admin/identity/trial/result'));
      setFound(one ?? null);
    });
  }, []);
  return (
    <>
      <header>
        <span class="muted">{t('trialLead')}</span>
        <span class="spacer" />
        <button type="button" class="btn p" onClick={() => void begin()}>
          {t('trialBegin')}
        </button>
      </header>
      {found !== null && <Found trial={found} />}
    </>
  );
}

async function begin(): Promise<void> {
  if (await attempt(() => body(api.POST('/api/admin/identity/trial')))) location.assign('/auth/trial');
}

function Found({ trial }: { trial: Schemas['TrialView'] }) {
  return (
    <section aria-label={t('trialTitle')} aria-live="polite">
      <p class="trial">
        <St kind={trial.refused === null && trial.person !== null ? 'ok' : 'off'}>{t(verdict(trial))}</St>
        {trial.refused !== null && <code>{trial.refused}</code>}
        {trial.person !== null && (
          <b>
            {trial.person.name} · {trial.person.post}
          </b>
        )}
        {trial.roles.map((role) => (
          <span key={role} class="pill">
            {t(`role_${role}` as Key)}
          </span>
        ))}
        {trial.refused === null && (
          <St kind={trial.dated && trial.strong ? 'ok' : 'exp'}>{t(stepUp(trial))}</St>
        )}
      </p>
      <table>
        <thead>
          <tr>
            <th>{t('trialClaim')}</th>
            <th>{t('trialValue')}</th>
          </tr>
        </thead>
        <tbody>
          {trial.claims.map(({ name, value }) => (
            <tr key={name}>
              <td class="mono">{name}</td>
              <td class="mono">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function verdict(trial: Schemas['TrialView']): Key {
  if (trial.refused !== null) return 'trialRefused';
  if (trial.person === null) return 'trialUnknown';
  return trial.roles.length === 0 ? 'trialNoRole' : 'trialKnown';
}

function stepUp(trial: Schemas['TrialView']): Key {
  if (!trial.dated) return 'trialUndated';
  return trial.strong ? 'trialStepUp' : 'trialWeak';
}
