import { cleanup, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PlayerState } from './contract';
import type { Told, Wish } from './feeds';
import type { Ticket } from './ticket';

/** The worker of the page, which the test plays; and a service that knows who looks. */
class HeldWorker {
  static it: HeldWorker;
  onmessage: ((event: MessageEvent<Told>) => void) | null = null;
  opened: number[] = [];
  constructor() {
    HeldWorker.it = this;
  }
  postMessage(wish: Wish) {
    if (wish.kind === 'open') this.opened.push(wish.id);
  }
  terminate() {}
}
const asked: string[] = [];
vi.stubGlobal('fetch', async (request: Request) => {
  asked.push(new URL(request.url).pathname);
  return Response.json({ server_time: '2026-11-23T09:00:00Z' });
});
vi.stubGlobal('Worker', HeldWorker);
vi.stubGlobal('VideoDecoder', class {});
vi.stubGlobal('OffscreenCanvas', class {});
vi.stubGlobal('isSecureContext', true);
HTMLCanvasElement.prototype.transferControlToOffscreen = () => ({}) as OffscreenCanvas;

const { confirmed } = await import('../state/store');
const { LiveCanvas } = await import('./LiveCanvas');

const LIVE = { kind: 'live' } as PlayerState;
const ended = (reason: string): PlayerState => ({ kind: 'ended', reason, retry: false });
const say = (state: PlayerState) =>
  HeldWorker.it.onmessage?.({
    data: { kind: 'state', id: HeldWorker.it.opened.at(-1), state },
  } as MessageEvent<Told>);
const settled = () => vi.advanceTimersByTimeAsync(100);

function shown(props: { ticket?: Ticket; token?: string } = {}) {
  render(
    <LiveCanvas grant="gr" camera="cam" rendition="wall" label="A" onState={() => undefined} {...props} />,
  );
  HeldWorker.it.opened.splice(0, HeldWorker.it.opened.length - 1);
  asked.splice(0);
}

it('is called what it is called now', () => {
  const named = (label: string) => (
    <LiveCanvas grant="gr" camera="cam" rendition="wall" label={label} onState={() => undefined} />
  );
  const { rerender } = render(named('Image en direct'));
  const opened = HeldWorker.it.opened.length;
  rerender(named('Live picture'));
  expect(screen.getByRole('img', { name: 'Live picture' })).toBeTruthy();
  expect(HeldWorker.it.opened).toHaveLength(opened);
  cleanup();
});

describe('a picture that ended while its grant runs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });

  it('opens again when its person signed in anew, and asks for that once', async () => {
    shown();
    say(LIVE);
    say(ended('sign_in'));
    say(ended('sign_in'));
    await vi.advanceTimersByTimeAsync(1_400);
    expect([asked, HeldWorker.it.opened.length]).toEqual([[], 1]);
    await vi.advanceTimersByTimeAsync(200);
    await vi.waitFor(() => expect(HeldWorker.it.opened).toHaveLength(2));
    expect(asked).toEqual(['/api/me']);
    say(ended('sign_in')); // nor may this session look: no asking in a circle
    await vi.advanceTimersByTimeAsync(10_000);
    expect([asked.length, HeldWorker.it.opened.length]).toEqual([1, 2]);
  });

  it('opens again when the line of the room is back after a fault', async () => {
    shown({ token: 'embedded' });
    say(LIVE);
    say(ended('fault'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect([asked, HeldWorker.it.opened.length]).toEqual([[], 1]);
    confirmed.value += 1;
    await settled();
    await vi.waitFor(() => expect(HeldWorker.it.opened).toHaveLength(2));
  });

  it.each([
    ['revoked', undefined],
    ['expired', undefined],
    ['sign_in', { ticket: 't', url: 'ws://x', node: 'n' }],
  ])('stays ended: %s', async (reason, ticket) => {
    shown(ticket && { ticket });
    say(LIVE);
    say(ended(reason));
    await vi.advanceTimersByTimeAsync(5_000);
    confirmed.value += 1;
    await settled();
    expect([asked, HeldWorker.it.opened.length]).toEqual([[], 1]);
  });
});
