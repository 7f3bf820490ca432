/** Who of one's own organisation is signed in, and the way to end all sessions of one person at once. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { attempt } from '../../app/Failure';
import { t } from '../../words';
import { SessionCells, SessionHead } from '../Sessions';

export function SignedIn() {
  const [found, setFound] = useState<Schemas['SignedInView'][]>([]);
  const load = useCallback(
    () => attempt(async () => setFound(await body(api.GET('/api/admin/sessions')))),
    [],
  );
  useEffect(() => void load(), [load]);
  const end = async (person: string) => {
    const path = { person };
    const ended = () => body(api.POST('/api/admin/people/{person}/sessions/end', { params: { path } }));
    if (await attempt(ended)) await load();
  };
  return (
    <>
      <header>
        <span class="muted">{t('adminSessionsLead')}</span>
      </header>
      <div class="body">
        <table>
          <SessionHead first={t('adminPerson')} />
          <tbody>
            {found.flatMap(({ person, sessions }) =>
              sessions.map((one, n) => (
                <tr key={one.id}>
                  <td>{n === 0 && `${person.name} · ${person.post}`}</td>
                  <SessionCells session={one} />
                  <td>
                    {n === 0 && (
                      <button type="button" class="btn no" onClick={() => void end(person.id)}>
                        {t('adminSessionsEnd')}
                      </button>
                    )}
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}
