/** The one way to the service over HTTP. Types come from `docs/openapi.json` by `npm run types`. */
import { signal } from '@preact/signals';
import createClient from 'openapi-fetch';
import { language } from '../words';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** When the service last answered who is signed in, which keeps the session from idling; ms of our clock. */
export const lastAwake = signal(Date.now());

/** The API, typed by its own document. Acts carry a key, so that sending twice acts once. */
export const api = createClient<paths>({ baseUrl: location.origin });
api.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', language.value);
    if (request.method === 'POST') request.headers.set('Idempotency-Key', crypto.randomUUID());
    return request;
  },
  onResponse({ response, schemaPath }) {
    if (response.ok && schemaPath === '/api/me') lastAwake.value = Date.now();
  },
});

/** What went wrong, in words for the person. */
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
  if (!answer.response.ok) throw new Refused(answer.response.status, (answer.error as Problem) ?? null);
  return answer.data as T;
}
