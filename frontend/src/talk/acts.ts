/** What is said and answered. The same words tried again after a lost answer are said once. */
import { api, body, type Schemas } from '../api/client';
import { attempt } from '../app/Failure';
import { answered, type Message } from '../state/room';
import { room } from '../state/store';

export type Obstacle = Schemas['Obstacle'];
export const OBSTACLES: readonly Obstacle[] = [
  'needed',
  'out_of_reach',
  'mask',
  'camera_down',
  'unclear',
  'other',
];
export const PLACE = 'talk';

let tried: { what: string; key: string } | null = null;

/** Say it; false: it was refused, or nobody knows, and the words are still there to be sent. */
export async function say(grant: string, message: Schemas['NewMessage']): Promise<boolean> {
  const what = JSON.stringify([grant, message]);
  if (tried?.what !== what) tried = { what, key: crypto.randomUUID() };
  const headers = { 'Idempotency-Key': tried.key };
  const done = await attempt(async () => {
    const params = { path: { grant } };
    told(await body(api.POST('/api/grants/{grant}/messages', { params, body: message, headers })));
  }, PLACE);
  if (done) tried = null;
  return done;
}

/** Answer a wish; `obstacle` null: it was done. */
export const answer = (message: string, obstacle: Obstacle | null): Promise<boolean> =>
  attempt(async () => {
    const what: Schemas['WishAnswer'] =
      obstacle === null ? { answer: 'done' } : { answer: 'cannot', obstacle };
    const params = { path: { message } };
    told(await body(api.POST('/api/messages/{message}/answer', { params, body: what })));
  }, PLACE);

function told(message: Message): void {
  if (room.value !== null) room.value = answered(room.value, { message });
}
