export interface Ticket {
  ticket: string;
  url: string;
  /** The media node behind the address. */
  node: string;
}
export type TicketAnswer =
  | { kind: 'ticket'; ticket: Ticket }
  | { kind: 'refused'; code: string }
  | { kind: 'again' };

const PATIENCE_MS = 5_000;
const TRY_AGAIN = new Set([408, 425, 429]);

/** A ticket for one stream; `refused` is final, `again` is a fault of the network or the moment.
 *  `avoid`: media nodes that failed a moment ago. `token`: of a page inside another's, which has no cookie. */
export async function askTicket(
  grant: string,
  camera: string,
  avoid: readonly string[] = [],
  token: string | null = null,
): Promise<TicketAnswer> {
  try {
    const bearer: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
    const grants = token === null ? '/api/grants' : '/api/embed/grants';
    const answer = await fetch(`${grants}/${encodeURIComponent(grant)}/tickets`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID(), ...bearer },
      body: JSON.stringify({ camera, avoid }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return { kind: 'ticket', ticket: (await answer.json()) as Ticket };
    if (answer.status >= 500 || TRY_AGAIN.has(answer.status)) return { kind: 'again' };
    const problem = (await answer.json()) as { code?: string };
    return { kind: 'refused', code: problem.code ?? 'ended' };
  } catch {
    return { kind: 'again' };
  }
}
