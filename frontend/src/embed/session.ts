/** The panel's life: wait for the page around it, change its code for a token, look until that is over. */
import { computed, signal } from '@preact/signals';
import { api, body, Refused, type Schemas } from '../api/client';
import { connected, followRoom, room, theme, type Way } from '../state/store';
import { serverSaid } from '../state/time';
import { speak, t } from '../words';
import { type Host, hosted } from './host';
import type { Setting, ShownView, Told } from './protocol';

export type Stage =
  | { kind: 'alone' }
  | { kind: 'waiting' }
  | { kind: 'refused'; words: string }
  | { kind: 'looking'; session: Schemas['EmbeddedView'] };

/** A code is asked for by itself this often at most; a hand may ask at any time. */
const ASK_EVERY_MS = 10_000;

export const stage = signal<Stage>({ kind: 'waiting' });
export const setting = signal<Setting>({ theme: null, language: null, incident: null, caseRef: null });
let host: Host | null = null;
let stop = () => {};
let askedMs = Number.NEGATIVE_INFINITY;

/** The page around us speaks of another case than the session is for: nothing is shown under a wrong name. */
export const mistaken = computed(() => {
  if (stage.value.kind !== 'looking') return false;
  const { incident, caseRef } = setting.value;
  const shown = room.value?.incidents.get(stage.value.session.incident)?.case_ref ?? null;
  return (
    (incident !== null && incident !== stage.value.session.incident) ||
    (caseRef !== null && shown !== null && caseRef !== shown)
  );
});

export async function begin(): Promise<void> {
  if (window.parent === window) {
    stage.value = { kind: 'alone' };
    return;
  }
  const provider = location.pathname.split('/').at(-1) ?? '';
  try {
    const path = { provider };
    const { origins } = await body(api.GET('/api/embed/{provider}/pages', { params: { path } }));
    host = await hosted(origins);
  } catch (error) {
    stage.value = { kind: 'refused', words: said(error) };
    return;
  }
  arranged(host.setting);
  host.hear(heard);
  addEventListener('pagehide', () => leave());
  ask('opened');
}

function heard(told: Told): void {
  if (told.type === 'code') void enter(told.code);
  else {
    const { incident, caseRef } = setting.value;
    const other = told.setting.incident !== incident || told.setting.caseRef !== caseRef;
    arranged(told.setting);
    if (other) {
      leave();
      ask('case');
    }
  }
}

function arranged(wanted: Setting): void {
  setting.value = wanted;
  if (wanted.theme === 'dark' || wanted.theme === 'light') theme.value = wanted.theme;
  if (wanted.language === 'fr' || wanted.language === 'en') void speak(wanted.language);
}

export function ask(reason: 'opened' | 'case' | 'over' | 'again'): void {
  if (reason === 'over' && Date.now() - askedMs < ASK_EVERY_MS) return;
  askedMs = Date.now();
  stage.value = { kind: 'waiting' };
  host?.say({ type: 'launch', reason });
}

async function enter(code: string): Promise<void> {
  if (host === null) return;
  leave();
  try {
    const sent = { code, origin: host.origin };
    const session = await body(api.POST('/api/embed/sessions', { body: sent }));
    serverSaid(session.server_time);
    room.value = null;
    stage.value = { kind: 'looking', session };
    stop = followRoom(way(session.token));
  } catch (error) {
    over(error);
  }
}

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

const way = (token: string): Way => ({
  room: () => body(api.GET('/api/embed/room', bearer(token))),
  cameras: () => body(api.GET('/api/embed/cameras', bearer(token))),
  live: '/api/embed/live',
  hello: { token },
  stays: async () => {
    try {
      await body(api.GET('/api/embed/room', bearer(token)));
      return true;
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) return true;
      if (stage.value.kind === 'looking' && stage.value.session.token === token) over(error);
      return false;
    }
  },
});

/** The pictures go with the stage. */
function over(error: unknown): void {
  stop();
  connected.value = false;
  stage.value = { kind: 'refused', words: said(error) };
  host?.say({
    type: 'over',
    code: error instanceof Refused ? (error.problem?.code ?? 'offline') : 'internal',
  });
  if (error instanceof Refused && error.status === 401) ask('over');
}

function said(error: unknown): string {
  return error instanceof Refused && error.problem !== null ? error.message : t('serviceDown');
}

function leave(): void {
  stop();
  stop = () => {};
  const now = stage.value;
  if (now.kind !== 'looking') return;
  stage.value = { kind: 'waiting' };
  void api.POST('/api/embed/sessions/end', { ...bearer(now.session.token), keepalive: true }).catch(() => {});
}

/** Tell the page around us what is shown. */
export function tell(incident: string, caseRef: string | null, views: ShownView[]): void {
  host?.say({ type: 'state', incident, caseRef, views });
}
