import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AVOID_MS, DEAD_MS, Link } from './link';

class HeldSocket {
  static readonly OPEN = 1;
  static all: HeldSocket[] = [];
  readyState = 0;
  closed: number | null = null;
  said: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    if (url === '') throw new SyntaxError('url');
    HeldSocket.all.push(this);
  }
  send(text: string): void {
    this.said.push(text);
  }
  close(code: number): void {
    this.closed = code;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
}

describe('the link of a feed', () => {
  const events = {
    hello: () => ({ rendition: 'wall' }),
    opened: vi.fn(),
    heard: vi.fn(),
    again: vi.fn(() => false),
    acknowledgement: () => ({ type: 'ack' }),
    lost: vi.fn(),
    over: vi.fn(),
  };
  let link: Link;
  let url = 'ws://x/stream';
  let asked: string[][] = [];
  const socket = () => HeldSocket.all.at(-1) as HeldSocket;
  beforeEach(async () => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    HeldSocket.all = [];
    url = 'ws://x/stream';
    vi.stubGlobal('WebSocket', HeldSocket);
    asked = [];
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      asked.push((JSON.parse(String(init.body)) as { avoid: string[] }).avoid);
      return new Response(JSON.stringify({ ticket: 't', url, node: `n${asked.length}` }), { status: 201 });
    });
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    link = new Link('gr', 'cam', events);
    await link.open();
  });
  afterEach(() => {
    link.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('begins with its ticket and acknowledges four times a second', () => {
    socket().open();
    expect(JSON.parse(socket().said[0] ?? '')).toEqual({ ticket: 't', rendition: 'wall' });
    vi.advanceTimersByTime(1_000);
    expect(socket().said.filter((said) => said.includes('"ack"'))).toHaveLength(4);
  });

  it.each([true, false])(
    'is given up and made again after four silent seconds (opened: %s)',
    async (opened) => {
      const silent = socket();
      if (opened) silent.open();
      await vi.advanceTimersByTimeAsync(DEAD_MS - 1);
      link.check(performance.now());
      expect(events.lost).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      link.check(performance.now());
      expect(silent.closed).toBe(1000);
      expect(events.lost).toHaveBeenCalledExactlyOnceWith(1);
      await vi.advanceTimersByTimeAsync(600);
      expect(HeldSocket.all).toHaveLength(2);
    },
  );

  it.each([1009, 1011, 4400, 4403])('is over when closed with %d', async (code) => {
    socket().onclose?.({ code });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(events.over).toHaveBeenCalledExactlyOnceWith('ended');
    expect(HeldSocket.all).toHaveLength(1);
  });

  it.each([1006, 1012, 4401, 4408, 4503])('is made again when closed with %d', async (code) => {
    socket().onclose?.({ code });
    await vi.advanceTimersByTimeAsync(600);
    expect(HeldSocket.all).toHaveLength(2);
    expect(events.over).not.toHaveBeenCalled();
  });

  it('is made again whatever it closed with, when the service said so', async () => {
    events.again.mockReturnValueOnce(true);
    socket().onclose?.({ code: 1011 });
    await vi.advanceTimersByTimeAsync(600);
    expect(HeldSocket.all).toHaveLength(2);
    expect(events.over).not.toHaveBeenCalled();
  });

  it('asks for another media node than the one that failed, for a while', async () => {
    socket().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(600);
    socket().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(1_200);
    await vi.advanceTimersByTimeAsync(AVOID_MS);
    socket().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(2_400);
    expect(asked).toEqual([[], ['n1'], ['n1', 'n2'], ['n3']]);
  });

  it('goes on elsewhere at once when the media node leaves', async () => {
    socket().onclose?.({ code: 4503 });
    await vi.advanceTimersByTimeAsync(200);
    expect(HeldSocket.all).toHaveLength(2);
  });

  it('leaves at once, and hears nothing more, when the server does not speak the protocol', () => {
    const bad = socket();
    bad.open();
    bad.onmessage?.({ data: new ArrayBuffer(3) });
    expect(bad.closed).toBe(4000);
    expect(events.lost).toHaveBeenCalledExactlyOnceWith(1);
    bad.onmessage?.({ data: new ArrayBuffer(3) });
    bad.onclose?.({ code: 4000 });
    expect(events.lost).toHaveBeenCalledOnce();
  });

  it('pauses longer each time unless it held for a while', async () => {
    socket().open();
    link.alive();
    socket().onclose?.({ code: 1012 });
    await vi.advanceTimersByTimeAsync(600);
    link.alive();
    socket().onclose?.({ code: 1012 });
    await vi.advanceTimersByTimeAsync(1_200);
    await vi.advanceTimersByTimeAsync(5_000);
    link.alive();
    socket().onclose?.({ code: 1012 });
    expect(events.lost.mock.calls).toEqual([[1], [2], [1]]);
  });

  it('tries again when the address cannot be dialled', async () => {
    url = '';
    socket().onclose?.({ code: 1012 });
    await vi.advanceTimersByTimeAsync(600);
    expect(events.lost.mock.calls).toEqual([[1], [2]]);
  });

  it('with the only ticket there is dials it once, asks for none, and is over when that is gone', async () => {
    const only = { ticket: 'mine', url: 'ws://x/stream', node: 'n' };
    const preview = new Link('pv_1', 'cam', events, null, only);
    await preview.open();
    socket().open();
    expect(JSON.parse(socket().said[0] ?? '')).toMatchObject({ ticket: 'mine' });
    expect([asked.length, HeldSocket.all.length]).toEqual([1, 2]);
    socket().onclose?.({ code: 4503 });
    await vi.advanceTimersByTimeAsync(600);
    expect(events.over).toHaveBeenCalledExactlyOnceWith('lost');
    expect(events.lost, 'it would forget why').not.toHaveBeenCalled();
    expect([asked.length, HeldSocket.all.length]).toEqual([1, 2]);
  });

  it('that was stopped stays stopped', async () => {
    link.stop();
    socket().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(HeldSocket.all).toHaveLength(1);
    expect(events.lost).not.toHaveBeenCalled();
  });
});
