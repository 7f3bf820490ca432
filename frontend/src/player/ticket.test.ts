import { afterEach, describe, expect, it, vi } from 'vitest';
import { askTicket } from './ticket';

const answering = (status: number, body: unknown) =>
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }));

describe('a stream ticket', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('is what the service gives', async () => {
    answering(201, { ticket: 't', url: 'ws://x/stream' });
    expect(await askTicket('gr_1', 'cam_1')).toEqual({
      kind: 'ticket',
      ticket: { ticket: 't', url: 'ws://x/stream' },
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

  it('is asked for again when the network fails or the answer is no JSON', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('offline');
    });
    expect(await askTicket('gr_1', 'cam_1')).toEqual({ kind: 'again' });
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 403 }));
    expect(await askTicket('gr_1', 'cam_1')).toEqual({ kind: 'again' });
  });
});
