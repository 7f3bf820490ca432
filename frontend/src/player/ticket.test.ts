import { afterEach, describe, expect, it, vi } from 'vitest';
import { askTicket } from './ticket';

const answering = (status: number, body: unknown) =>
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }));

describe('a stream ticket', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('is what the service gives', async () => {
    answering(201, { ticket: 't', url: 'ws://x/stream', node: 'n' });
    expect(await askTicket('gr_1', 'cam_1')).toEqual({
      kind: 'ticket',
      ticket: { ticket: 't', url: 'ws://x/stream', node: 'n' },
    });
  });

  it.each([
    [403, 'refused'],
    [410, 'refused'],
    [401, 'refused'],
    [408, 'again'],
    [429, 'again'],
    [503, 'again'],
  ])('answered by %d is %s', async (status, kind) => {
    answering(status, { code: 'grant_over' });
    expect((await askTicket('gr_1', 'cam_1')).kind).toBe(kind);
  });

  it('is asked for once per key, with patience of five seconds', async () => {
    const patience = vi.spyOn(AbortSignal, 'timeout');
    const asked: RequestInit[] = [];
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      asked.push(init);
      return new Response('{}', { status: 503 });
    });
    await askTicket('gr_1', 'cam_1');
    await askTicket('gr_1', 'cam_1');
    const keys = asked.map((init) => new Headers(init.headers).get('Idempotency-Key'));
    expect(new Set(keys).size).toBe(2);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(patience).toHaveBeenCalledWith(5_000);
    expect(asked[0]?.signal).toBe(patience.mock.results[0]?.value);
  });

  it('is asked for again when the network fails or the answer is no JSON', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('offline');
    });
    expect(await askTicket('gr_1', 'cam_1')).toEqual({ kind: 'again' });
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 403 }));
    expect(await askTicket('gr_1', 'cam_1')).toEqual({ kind: 'again' });
  });
});
