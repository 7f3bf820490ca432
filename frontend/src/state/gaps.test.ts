import { beforeEach, describe, expect, it } from 'vitest';
import type { PlayerState } from '../player/contract';
import { live } from '../player/state.sample';
import { gapOver, gapSaid, gaps } from './gaps';

const stale = (captureMs: number): PlayerState => ({ kind: 'stale', level: 'grey', ageMs: 2_000, captureMs });
const say = (nowMs: number, state: PlayerState) => gapSaid('g/c', 'c', nowMs, state);

describe('the list of gaps', () => {
  beforeEach(() => {
    gapOver('g/c', 0);
    gaps.value = [];
  });

  it('begins at the last picture that was seen, and ends with the next', () => {
    say(1_000, live);
    say(5_000, stale(3_000));
    const [fromMs, lastMs, failsMs] = [3_000, 3_000, 3_000];
    expect(gaps.value).toEqual([
      { key: 'g/c', camera: 'c', why: 'stale', fromMs, lastMs, failsMs, toMs: null },
    ]);
    say(6_000, live);
    expect(gaps.value[0]).toMatchObject({ fromMs: 3_000, toMs: 6_000 });
  });

  it('counts a trouble that becomes another as one', () => {
    say(0, live);
    say(5_000, stale(3_000));
    say(7_000, { kind: 'reconnecting', attempt: 1 });
    say(8_000, { kind: 'connecting', sinceMs: 0 });
    say(9_000, live);
    expect(gaps.value).toHaveLength(1);
    expect(gaps.value[0]).toMatchObject({ why: 'reconnecting', fromMs: 3_000, toMs: 9_000 });
  });

  it('does not hold the time a page was hidden, nor pictures that come, for a failure', () => {
    say(0, live);
    say(1_000, { kind: 'paused' });
    expect(gaps.value[0]).toMatchObject({ lastMs: 1_000, failsMs: null });
    say(60_000, { kind: 'connecting', sinceMs: 0 });
    expect(gaps.value[0]).toMatchObject({ fromMs: 1_000, lastMs: 1_000, failsMs: 60_000 });
    say(61_000, { ...live, suspect: 'frozen' });
    expect(gaps.value[0]).toMatchObject({ lastMs: null, failsMs: null });
    say(70_000, { kind: 'reconnecting', attempt: 1 });
    expect(gaps.value[0]).toMatchObject({ fromMs: 1_000, lastMs: 70_000, failsMs: 70_000 });
  });

  it('holds nothing of a picture that opens for the first time', () => {
    say(0, { kind: 'connecting', sinceMs: 0 });
    say(100, { kind: 'fault', cause: 'unreachable', ageMs: null });
    expect(gaps.value).toEqual([]);
  });

  it('ends when the picture leaves the wall, and keeps what was', () => {
    say(0, live);
    say(1_000, { kind: 'paused' });
    gapOver('g/c', 4_000);
    expect(gaps.value[0]).toMatchObject({ why: 'paused', toMs: 4_000 });
  });

  it('names a picture that is live and does not show the street', () => {
    say(0, live);
    say(1_000, { ...live, suspect: 'frozen' });
    expect(gaps.value[0]).toMatchObject({ why: 'suspect', fromMs: 1_000, toMs: null });
  });
});
