/** The one way to the service over HTTP. Types come from `docs/openapi.json` by `npm run types`. */
import { signal } from '@preact/signals';
import createClient from 'openapi-fetch';
import { keep } from '../state/kept';
import { language } from '../words';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** When the service last answered who is signed in, which keeps the session from idling; ms of our clock. */
export const lastAwake = signal(Date.now());
/** The pages of one browser have one session: what keeps one of them awake keeps all. */
const AWAKE = 'awake';
window.addEventListener('storage', ({ key, newValue }) => {
  if (key === AWAKE) lastAwake.value = Math.max(lastAwake.value, Number(newValue) || 0);
});

/** Then nobody knows what became of an act. The administrators' examine and import, which takes longer. */
const PATIENCE_MS = 10_000;
const ADMIN_PATIENCE_MS = 60_000;

/** The API, typed by its own document. Acts carry a key, so that sending twice acts once. */
export const api = createClient<paths>({ baseUrl: location.origin });
api.use({
  onRequest({ request, schemaPath }) {
    request.headers.set('Accept-Language', language.value);
    if (request.method === 'POST' && !request.headers.has('Idempotency-Key'))
      request.headers.set('Idempotency-Key', crypto.randomUUID());
    const patienceMs = schemaPath.startsWith('/api/admin/') ? ADMIN_PATIENCE_MS : PATIENCE_MS;
    return new Request(request, { signal: AbortSignal.timeout(patienceMs) });
  },
  onResponse({ response, schemaPath }) {
    if (!response.ok || schemaPath !== '/api/me') return;
    lastAwake.value = Date.now();
    keep(AWAKE, String(lastAwake.value));
  },
});

/** What went wrong, in words for the person. Without a problem nobody knows whether the act was done. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem === null ? 'offline' : `${problem.title}. ${problem.detail}`);
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's body, or Refused. */
export async function body<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch {
    throw new Refused(0, null);
  }
  if (!answer.response.ok) throw new Refused(answer.response.status, problemIn(answer.error));
  return answer.data as T;
}

/** What stands between may answer in our place, with a page of its own. */
const problemIn = (error: unknown): Problem | null =>
  typeof error === 'object' && error !== null && 'detail' in error ? (error as Problem) : null;
