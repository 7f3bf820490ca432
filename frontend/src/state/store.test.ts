import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** A service of two answers and one socket, that the test plays. */
const { fetched, session, sockets } = await vi.hoisted(async () => {
  const { quiet } = await import('./room.sample');
  const fetched: string[] = [];
  const session = { over: false, ill: false, barred: 0, inventory: [] as { id: string; name: string }[] };
  const sockets: FakeSocket[] = [];
  class FakeSocket {
    sent: string[] = [];
    onopen: (() => void) | null = null;
    onmessage: ((message: { data: string }) => void) | null = null;
    onclose: ((event: { code: number }) => void) | null = null;
    constructor(readonly url: string) {
      sockets.push(this);
    }
    send(text: string) {
      this.sent.push(text);
    }
    /** A dead line: the peer answers no close. */
    silent = false;
    closed = false;
    close() {
      this.closed = true;
      if (!this.silent) this.onclose?.({ code: 1000 });
    }
    hear(message: object) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }
  }
  const answer = (path: string): unknown => {
    if (path === '/api/cameras') return session.inventory;
    const asOf = 10 * (1 + fetched.filter((one) => one === '/api/room').length);
    return quiet({ as_of: asOf });
  };
  globalThis.fetch = async (request) => {
    const path = new URL((request as Request).url).pathname;
    const body = JSON.stringify(answer(path));
    fetched.push(path);
    const barred = path === '/api/room' && session.barred-- > 0 ? 401 : 200;
    const ill = path === '/api/room' && session.ill ? 503 : barred;
    const status = path === '/api/me' && session.over ? 401 : ill;
    return new Response(body, {
      status,
      headers: { 'Content-Type': 'application/json' },
    });
  };
  globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
  return { fetched, session, sockets };
});

const { cameras, confirmed, connected, followOwn, lostMs, me, room, unread } = await import('./store');
const { now } = await import('./time');
const tick = (last_id: number) => ({
  type: 'tick',
  server_time: '2026-11-23T09:00:01Z',
  last_id,
  degraded: false,
});
const last = () => sockets[sockets.length - 1];
const opened = async () => {
  await vi.waitFor(() => expect(last()?.onmessage).toBeTruthy());
  last()?.onopen?.();
  return last() as NonNullable<ReturnType<typeof last>>;
};

describe('following the room', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('says that the room cannot be read, tries again, and takes that back', async () => {
    session.ill = true;
    const leave = followOwn();
    await vi.waitFor(() => expect(unread.value?.status).toBe(503), 10_000);
    expect([room.value, lostMs.value > 0]).toEqual([null, true]);
    session.ill = false;
    await vi.waitFor(() => expect(unread.value).toBeNull(), 10_000);
    leave();
    room.value = null;
    sockets.splice(0);
    fetched.splice(0);
  }, 20_000);

  it('says at once that a silent line is lost, of its last tick, though its close never comes', async () => {
    const leave = followOwn();
    const dead = await opened();
    dead.hear(tick(14));
    const [tickedMs, before] = [now.value, confirmed.value];
    dead.silent = true;
    vi.setSystemTime(Date.now() - 3_600_000); // somebody sets the clock back
    await vi.advanceTimersByTimeAsync(4_000);
    expect(connected.value).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([connected.value, lostMs.value, dead.closed]).toEqual([false, tickedMs, true]);
    await vi.waitFor(() => expect(sockets).toHaveLength(2), 10_000);
    const next = await opened();
    next.hear(tick(15));
    expect([connected.value, confirmed.value]).toEqual([true, before + 1]);
    next.silent = true;
    leave(); // nor does leaving wait for it
    expect(connected.value).toBe(false);
    room.value = null;
    sockets.splice(0);
    fetched.splice(0);
  }, 20_000);

  it('reads the room again that a session which stays was not shown once', async () => {
    session.barred = 1;
    const leave = followOwn();
    await opened();
    expect(fetched.filter((path) => path === '/api/room')).toHaveLength(2);
    leave();
    room.value = null;
    sockets.splice(0);
    fetched.splice(0);
  }, 20_000);

  it('reads the cameras again: every five minutes, when one is held back, with the room; tells them where they changed', async () => {
    session.inventory = [{ id: 'cam_1', name: 'Capitole' }];
    const leave = followOwn();
    const line = await opened();
    const first = cameras.value;
    const name = () => cameras.value.get('cam_1')?.name;
    const reads = () => fetched.filter((path) => path === '/api/cameras').length;
    const alive = setInterval(() => last()?.hear(tick(10)), 1_000);
    await vi.advanceTimersByTimeAsync(300_000);
    expect([reads(), cameras.value === first]).toEqual([2, true]);
    session.inventory = [{ id: 'cam_1', name: 'Place du Capitole' }];
    await vi.advanceTimersByTimeAsync(300_000);
    expect(name()).toBe('Place du Capitole');

    session.inventory = [{ id: 'cam_1', name: 'Capitole, nord' }];
    line.hear({
      type: 'event',
      id: 21,
      at: '2026-11-23T09:00:02Z',
      pause: { camera: 'cam_1', cause: 'held_back' },
    });
    await vi.waitFor(() => expect(name()).toBe('Capitole, nord'));

    session.inventory = [{ id: 'cam_1', name: 'Capitole, sud' }];
    line.hear({ type: 'reset' });
    await vi.waitFor(() => expect(name()).toBe('Capitole, sud'), 10_000);
    clearInterval(alive);
    leave();
    const after = reads();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(reads()).toBe(after);
    room.value = null;
    session.inventory = [];
    cameras.value = new Map();
    sockets.splice(0);
    fetched.splice(0);
  }, 20_000);

  it('goes on after the last entry when the line was lost, and reads the room again only when told to', async () => {
    followOwn();
    const first = await opened();
    expect(first.sent).toEqual(['{"after":10}']);
    expect(connected.value).toBe(false);
    first.hear(tick(14));
    expect(connected.value).toBe(true);
    first.onclose?.({ code: 1006 });
    expect(connected.value).toBe(false);
    await vi.waitFor(() => expect(sockets).toHaveLength(2), 10_000);
    const second = await opened();
    expect(second.sent).toEqual(['{"after":14}']);
    expect(fetched.filter((path) => path === '/api/room')).toHaveLength(1);

    second.hear({ type: 'reset' });
    second.hear(tick(99)); // continues nothing: must not be believed
    expect(room.value?.asOf).toBe(14);
    await vi.waitFor(() => expect(sockets).toHaveLength(3), 10_000);
    const third = await opened();
    expect(room.value?.asOf).toBe(20);
    expect(third.sent).toEqual(['{"after":20}']);

    third.onclose?.({ code: 4401 }); // this session is over, but the person signed in anew in another tab
    await vi.waitFor(() => expect(sockets).toHaveLength(4), 10_000);
    const fourth = await opened();

    session.over = true;
    fourth.onclose?.({ code: 4401 });
    await vi.waitFor(() => expect(me.value).toBeNull(), 10_000); // signed out: the front door, no knocking again
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(4);
  }, 20_000);
});
