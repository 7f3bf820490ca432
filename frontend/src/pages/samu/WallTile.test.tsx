/** What a tile of the wall says of its picture: how late it is to the last second, and since when there is none. */
import { cleanup, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { failure } from '../../app/Failure';
import type { LiveCanvasProps } from '../../player/contract';
import { live as sample } from '../../player/state.sample';
import { gaps } from '../../state/gaps';
import type { Tile } from '../../state/tiles';
import { now } from '../../state/time';
import { prolongExpiring } from './acts';
import { look } from './look';
import { WallTile } from './WallTile';

const player = vi.hoisted(() => ({ say: (_: unknown): void => {} }));
vi.mock('../../player/LiveCanvas', () => ({
  LiveCanvas: ({ onState }: LiveCanvasProps) => {
    player.say = onState as (state: unknown) => void;
    return null;
  },
}));

const START = Date.parse('2026-01-10T13:30:00Z');
const live = { ...sample, delayMs: 400, captureMs: START };
const tile = (leftMs: number) =>
  ({
    kind: 'live',
    camera: 'cam_1',
    grant: { id: 'gr_1', incident: 'inc_1', starts_at: new Date(START).toISOString(), views: [] },
    endsAt: START + leftMs,
    extension: null,
  }) as unknown as Extract<Tile, { kind: 'live' }>;
const shown = (leftMs: number) => {
  const nothing = () => {};
  const rest = {
    n: 1,
    rendition: 'wall' as const,
    enlarged: false,
    onEnlarge: nothing,
    onFullScreen: nothing,
  };
  const one = tile(leftMs);
  return render(<WallTile tile={one} look={look(one, live, START)} {...rest} onAskAgain={nothing} />);
};

beforeEach(() => {
  now.value = START;
  gaps.value = [];
});
afterEach(() => {
  cleanup();
  failure.value = null;
});

it('tells the delay of its picture also while its access is about to end', async () => {
  shown(60_000);
  player.say(live);
  expect((await screen.findByText(/Expire bientôt/)).closest('.st')?.textContent).toMatch(/0,4 s/);
});

it('says when the last picture came, where the link is cut or the camera is silent', async () => {
  shown(600_000);
  player.say(live);
  now.value = START + 125_000;
  player.say({ kind: 'reconnecting', attempt: 1 });
  expect((await screen.findByText(/Dernière image à/)).textContent).toContain('14:32:05');
  now.value = START + 135_000;
  player.say({ kind: 'fault', cause: 'unreachable', ageMs: null });
  await screen.findByText('Caméra en panne');
  expect(screen.getByText(/Dernière image à/).textContent).toContain('14:32:05');
});

it('the key that prolongs what expires says so where nothing does yet', () => {
  prolongExpiring([]);
  expect(failure.value).toBeNull();
  prolongExpiring([tile(121_000)]);
  expect(failure.value).toMatchObject({ at: 'wall', words: expect.stringContaining('2:00') });
});
