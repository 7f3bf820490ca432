/** One's own sessions: where one is signed in, and the way to end what should not be. */
import { api, body, type Schemas } from '../api/client';
import { attempt, Failure } from '../app/Failure';
import { Read, useReading } from '../app/Read';
import { TopBar } from '../app/TopBar';
import { dayTime, t } from '../words';

export function Sessions() {
  const sessions = useReading('', () => body(api.GET('/api/sessions')));
  const end = async (session: string) => {
    const path = { session };
    if (await attempt(() => body(api.POST('/api/sessions/{session}/end', { params: { path } }))))
      sessions.again();
  };
  return (
    <div class="app register">
      <div>
        <TopBar title={t('pageSessions')} />
        <Failure />
      </div>
      <main id="main" class="panel">
        <header>
          <h2>{t('pageSessions')}</h2>
          <span class="muted">{t('sessionsLead')}</span>
        </header>
        <div class="body">
          <Read of={sessions}>
            {(found) => (
              <table>
                <SessionHead />
                <tbody>
                  {found.map((one) => (
                    <tr key={one.id}>
                      <SessionCells session={one} />
                      <td>
                        {one.current ? (
                          t('sessionsThis')
                        ) : (
                          <button type="button" class="btn no" onClick={() => void end(one.id)}>
                            {t('sessionsEnd')}
                          </button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </Read>
        </div>
      </main>
    </div>
  );
}

/** `first`: what stands before a session's own cells. */
export function SessionHead({ first }: { first?: string }) {
  return (
    <thead>
      <tr>
        {first !== undefined && <th>{first}</th>}
        <th>{t('sessionsProvider')}</th>
        <th>{t('sessionsOpened')}</th>
        <th>{t('sessionsSeen')}</th>
        <th>{t('sessionsEnds')}</th>
        <th>
          <span class="sr">{t('sessionsEnd')}</span>
        </th>
      </tr>
    </thead>
  );
}

export function SessionCells({ session }: { session: Schemas['SessionView'] }) {
  return (
    <>
      <td>
        {session.provider}
        {session.embedded_in !== null && (
          <small class="muted"> · {t('sessionsEmbedded', { origin: session.embedded_in })}</small>
        )}
      </td>
      {[session.opened_at, session.seen_at, session.ends_at].map((at, n) => (
        <td key={n} class="num">
          {dayTime(Date.parse(at))}
        </td>
      ))}
    </>
  );
}
