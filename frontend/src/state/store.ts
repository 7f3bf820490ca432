/** The page’s state and its lifelines: who is signed in, the room, and the socket that keeps it true. */
import { effect, signal } from '@preact/signals';
import { api, body, Refused, type Schemas } from '../api/client';
import { keep, kept } from './kept';
import { applied, fromSnapshot, type RoomState, upTo } from './room';
import { now, serverSaid } from './time';

export type Me = Schemas['Me'];
export type Camera = Schemas['CameraView'];

/** undefined: not known yet; null: nobody is signed in. */
export const me = signal<Me | null | undefined>(undefined);
export const room = signal<RoomState | null>(null);
export const cameras = signal<ReadonlyMap<string, Camera>>(new Map());
export const connected = signal(false);
/** When the line was lost, on the server's clock: what is shown is of then. 0: it never was. */
export const lostMs = signal(0);
/** Why the room could not be read so far; null: it was, or is being read for the first time. */
export const unread = signal<Refused | null>(null);
/** Goes up when the service confirmed who looks, and when the room’s line is back: what ended for want of it may try again. */
export const confirmed = signal(0);
/** The service says that its processes reach each other late. */
export const degraded = signal(false);
export const offline = signal(false);

export type Theme = 'dark' | 'light';
const preferred = (): Theme => (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
export const theme = signal<Theme>((kept('theme') as Theme | null) ?? preferred());
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  keep('theme', theme.value);
}

/** Signing in anew in another tab ends this session a moment before the browser has the new one's cookie. */
const RENEWAL_MS = 1500;
let asking = false;
/** A picture ended because the session did, perhaps for a new one: ask once for all of them, when the browser has its cookie. */
export function confirmSoon(): void {
  if (asking) return;
  asking = true;
  setTimeout(() => void loadMe().finally(() => (asking = false)), RENEWAL_MS);
}

export async function loadMe(): Promise<void> {
  try {
    const loaded = await body(api.GET('/api/me'));
    serverSaid(loaded.server_time);
    me.value = loaded;
    offline.value = false;
    confirmed.value += 1;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) me.value = null;
    else {
      offline.value = true;
      if (me.value === undefined) setTimeout(loadMe, 2000);
    }
  }
}

/** How a page reads a room: a person's by their cookie, or one inside another page by its token. */
export interface Way {
  room(): Promise<Schemas['Room']>;
  cameras(): Promise<Camera[]>;
  live: '/api/live' | '/api/embed/live';
  /** What the socket's first message says beside where to go on. */
  hello: object;
  /** Nobody is signed in any more, or a moment ago: whether to go on. */
  stays(): Promise<boolean>;
}

const OWN: Way = {
  room: () => body(api.GET('/api/room')),
  cameras: () => body(api.GET('/api/cameras')),
  live: '/api/live',
  hello: {},
  stays: async () => {
    await loadMe();
    return Boolean(me.value);
  },
};

async function loadRoom(way: Way): Promise<void> {
  const snapshot = await way.room();
  serverSaid(snapshot.server_time);
  room.value = fromSnapshot(snapshot, room.value?.recent);
  unread.value = null;
}

/** An import is told to no room, what a city holds back to its own alone: the cameras are read again so often. */
const CAMERAS_MS = 300_000;
let camerasRead = '';

/** Whoever draws them hears of it only where they changed: there may be thousands. */
async function loadCameras(way: Way): Promise<void> {
  const all = await way.cameras();
  const read = JSON.stringify(all);
  if (read !== camerasRead) cameras.value = new Map(all.map((camera) => [camera.id, camera]));
  camerasRead = read;
}
/** What was missed is read the next time. */
const readCamerasAgain = (way: Way): void => void loadCameras(way).catch(() => {});

/** The room must be read again before it is followed: what came after it is no continuation. */
let outdated = true;
const BACKOFF_MS = [500, 1000, 2000, 5000];

/** Load one's own room and follow it. */
export const followOwn = (): (() => void) => followRoom(OWN);

/** Load the room and follow it until told to stop; after a loss go on where it was. */
export function followRoom(way: Way): () => void {
  let attempt = 0;
  let stopped = false;
  let hangUp = () => {};
  const again = (atMs = now.peek()) => {
    away(atMs);
    if (stopped) return;
    const base = BACKOFF_MS[Math.min(attempt++, BACKOFF_MS.length - 1)] ?? 5000;
    setTimeout(follow, base * (0.8 + 0.4 * Math.random()));
  };
  const follow = async () => {
    try {
      if (outdated) await loadRoom(way);
      if (cameras.value.size === 0) await loadCameras(way);
      else if (outdated) readCamerasAgain(way);
      outdated = false;
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        if (await way.stays()) again();
      } else {
        if (error instanceof Refused) unread.value = error;
        again();
      }
      return;
    }
    if (stopped) return;
    hangUp = listen(
      way,
      () => {
        attempt = 0;
      },
      again,
    );
  };
  void follow();
  const anew = setInterval(() => readCamerasAgain(way), CAMERAS_MS);
  return () => {
    clearInterval(anew);
    stopped = true;
    outdated = true;
    hangUp();
    away(now.peek());
  };
}

/** What is shown is of `atMs`, on the server's clock, until the line is back. */
function away(atMs: number): void {
  if (connected.value || lostMs.value === 0) lostMs.value = atMs;
  connected.value = false;
}

type Told =
  | (Schemas['LiveEvent'] & { type: 'event' })
  | (Schemas['LiveTick'] & { type: 'tick' })
  | (Schemas['LiveReset'] & { type: 'reset' });

/** A tick comes each second: so long a silence is a dead line, whatever the socket thinks of itself. */
const SILENT_MS = 4000;

/** `lost` hears when the last tick came, on the server's clock. Returns how to hang up. */
function listen(way: Way, alive: () => void, lost: (atMs: number) => void): () => void {
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${way.live}`);
  let last = performance.now(); // unlike the clock, nobody sets it back
  let tickedMs = now.peek();
  const hangUp = () => {
    clearInterval(watch);
    socket.onopen = socket.onmessage = socket.onclose = null; // a dead line tells its close a minute later
    socket.close();
  };
  const watch = setInterval(() => {
    if (performance.now() - last <= SILENT_MS) return;
    hangUp();
    lost(tickedMs);
  }, 1000);
  socket.onopen = () => socket.send(JSON.stringify({ after: room.value?.asOf ?? 0, ...way.hello }));
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    last = performance.now();
    const known = room.value;
    if (outdated || known === null) return; // what follows a reset continues nothing
    const told = JSON.parse(data) as Told;
    if (told.type === 'event') {
      room.value = applied(known, told);
      if (told.pause) readCamerasAgain(way);
    } else if (told.type === 'tick') {
      serverSaid(told.server_time);
      room.value = upTo(known, told.last_id);
      degraded.value = told.degraded;
      tickedMs = now.peek();
      if (!connected.value) confirmed.value += 1;
      connected.value = true;
      alive();
    } else {
      outdated = true;
      hangUp();
      lost(tickedMs);
    }
  };
  socket.onclose = ({ code }) => {
    clearInterval(watch);
    if (code !== 4401) lost(tickedMs);
    else {
      away(tickedMs);
      setTimeout(() => void way.stays().then((stays) => stays && lost(tickedMs)), RENEWAL_MS);
    }
  };
  return hangUp;
}

export const nameOf = (person: string | null | undefined): string =>
  (person && room.value?.persons.get(person)?.name) || '';
export const organisationOf = (id: string): Schemas['OrganisationView'] | undefined => {
  const known = me.value;
  if (!known) return undefined;
  return [known.organisation, ...known.partners].find((o) => o.id === id);
};
