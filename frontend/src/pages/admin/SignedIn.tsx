/** Who of one's own organisation is signed in, and the way to end all sessions of one person at once. */
import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import { Read, useReading } from '../../app/Read';
import { t } from '../../words';
import { SessionCells, SessionHead } from '../Sessions';

export function SignedIn() {
  const people = useReading('', () => body(api.GET('/api/admin/sessions')));
  const end = async (person: string) => {
    const path = { person };
    const ended = () => body(api.POST('/api/admin/people/{person}/sessions/end', { params: { path } }));
    if (await attempt(ended)) people.again();
  };
  return (
    <>
      <header>
        <span class="muted">{t('adminSessionsLead')}</span>
      </header>
      <div class="body">
        <Read of={people}>
          {(found) => (
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
          )}
        </Read>
      </div>
    </>
  );
}
