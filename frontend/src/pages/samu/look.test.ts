import { describe, expect, it } from 'vitest';
import type { PlayerState } from '../../player/contract';
import type { Grant } from '../../state/room';
import type { Tile } from '../../state/tiles';
import { look, markOf } from './look';

const tile: Tile = { kind: 'live', camera: 'cam_1', grant: {} as Grant, endsAt: 200_000, extension: null };
const live = (suspect: 'black' | 'frozen' | null = null): PlayerState => ({
  kind: 'live',
  delayMs: 80,
  captureMs: 0,
  estimated: false,
  suspect,
  served: 'wall',
});

describe('the look of a picture', () => {
  it('is live only while the player says live', () => {
    expect(look(tile, live(), 0).kind).toBe('live');
    expect(look(tile, null, 0).word).toBe('stApproved');
    expect(look(tile, { kind: 'reconnecting', attempt: 1 }, 0).kind).not.toBe('live');
  });
  it('turns amber in the last two minutes', () => {
    expect(look(tile, live(), 80_000).kind).toBe('live');
    expect(look(tile, live(), 80_001).kind).toBe('exp');
  });
  it('puts a frozen or suspect picture before the countdown', () => {
    const stale: PlayerState = { kind: 'stale', level: 'grey', ageMs: 2000, captureMs: 0 };
    expect(look(tile, stale, 199_000).word).toBe('stStale');
    expect(look(tile, live('frozen'), 199_000).kind).toBe('stale');
  });
  it('tells a cut from an ending', () => {
    const over = (cause: string): Tile => ({
      kind: 'over',
      camera: 'c',
      grant: {} as Grant,
      at: 0,
      cause,
      by: null,
    });
    expect(look(over('revoked'), null, 0).word).toBe('stRevoked');
    expect(look(over('sharing_stopped'), null, 0).word).toBe('stRevoked');
    expect(look(over('expired'), null, 0).word).toBe('stEnded');
    expect(look(over('released'), null, 0).word).toBe('stEnded');
  });
  it('of a view that is held back or passed on is no tick on the map', () => {
    const suspended: Tile = { kind: 'suspended', camera: 'c', grant: {} as Grant, cause: 'works', since: 0 };
    const handed: Tile = { kind: 'handed', camera: 'c', grant: {} as Grant, at: 0, to: 'per_2' };
    expect([suspended, handed].map((one) => markOf(look(one, null, 0)))).toEqual(['barred', 'off']);
    expect(markOf(look(tile, { kind: 'paused' }, 0))).toBe('barred');
  });
});
