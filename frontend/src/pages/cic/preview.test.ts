import { describe, expect, it } from 'vitest';
import type { PlayerState } from '../../player/contract';
import type { Preview } from '../../state/room';
import { following, leftMs, type Seen, ticked, told } from './preview';

const preview = { id: 'pv_1', ends_at: '2026-11-23T09:00:30Z' } as Preview;
const ticket = { ticket: 't', url: 'ws://x/stream', node: 'n', expires_in_s: 30 };
const open: Seen = { kind: 'open', preview, ticket, player: null };
const at = (second: number) => Date.parse('2026-11-23T09:00:00Z') + second * 1000;

describe('a preview', () => {
  it('goes through the cameras that would be given, and begins again', () => {
    const cameras = ['a', 'b', 'c'];
    const kept = new Set(['a', 'c']);
    const order = [null, 'a', 'c', 'b'].map((camera) => following(cameras, kept, camera));
    expect(order).toEqual(['a', 'c', 'a', 'a']);
    expect(following(cameras, new Set(), null)).toBe('a');
    expect(following([], kept, null)).toBeUndefined();
  });

  it('is over at the end the service gave, by the service’s clock, and not before', () => {
    expect(leftMs(preview, at(6))).toBe(24_000);
    expect(ticked(open, at(29.9))).toBe(open);
    expect(ticked(open, at(30))).toEqual({ kind: 'over', reason: 'expired' });
  });

  it('says why the stream ended, and nothing a dead player says reopens it', () => {
    const live = { kind: 'paused' } as PlayerState;
    expect(told(open, live)).toEqual({ ...open, player: live });
    const over = told(open, { kind: 'ended', reason: 'camera_moved', retry: false });
    expect(over).toEqual({ kind: 'over', reason: 'camera_moved' });
    expect(told(over, live)).toBe(over);
    expect(ticked(over, at(99))).toBe(over);
  });
});
