import { effect } from '@preact/signals';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PlayerState } from '../player/contract';
import { live } from '../player/state.sample';
import { gaps } from './gaps';
import { PAUSE_MS, playerGone, playerKey, playerSaid, players } from './players';

const stale: PlayerState = { kind: 'stale', level: 'grey', ageMs: 100, captureMs: 0 };
const keys = ['a', 'b', 'c'].map((camera) => playerKey('g', camera));
const say = (key: string, state: PlayerState) => playerSaid(key, key, state);

describe('what the players say', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => {
      for (const key of keys) playerGone(key);
      vi.runAllTimers();
      vi.useRealTimers();
    };
  });

  it('is told at once, then at most once each pause, however often it changes', () => {
    const told = vi.fn();
    const stop = effect(() => told(players.value.size, gaps.value.length));
    say(keys[0] as string, live);
    expect(told).toHaveBeenCalledTimes(2); // once when asked, once for the change
    for (let n = 0; n < 20; n++) for (const key of keys) say(key, n % 2 === 0 ? live : stale);
    expect(told).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(PAUSE_MS);
    expect(told).toHaveBeenCalledTimes(3);
    expect([...players.value.values()].map(({ kind }) => kind)).toEqual(['stale', 'stale', 'stale']);
    expect(
      gaps.value.filter(({ toMs }) => toMs === null),
      'nothing that happened is left out',
    ).toHaveLength(3);
    expect(gaps.value.filter(({ key }) => key === keys[0])).toHaveLength(10);
    vi.advanceTimersByTime(10 * PAUSE_MS);
    expect(told).toHaveBeenCalledTimes(3);
    stop();
  });

  it('forgets a picture that left, after the pause at the latest', () => {
    say(keys[0] as string, live);
    playerGone(keys[0] as string);
    vi.advanceTimersByTime(PAUSE_MS);
    expect(players.value.size).toBe(0);
  });
});
