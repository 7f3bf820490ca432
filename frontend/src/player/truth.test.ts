import { describe, expect, it } from 'vitest';
import { backoffMs, type Facts, mayShow, mustBlank, ServerClock, staleLevel, told } from './truth';

const fresh = { captureMs: 100_000, estimated: false, damaged: false, served: 'wall' } as const;
const live: Facts = {
  openedMs: 0,
  drawn: fresh,
  whole: true,
  undecodable: false,
  stateAtMs: 1_000,
  state: 'live',
  cause: null,
  suspect: null,
  endsAtMs: 60_000,
  end: null,
  paused: false,
  attempt: 0,
};

describe('what a tile says', () => {
  it('is live while the capture time is fresh, whatever arrives', () => {
    expect(told(live, 1_100, 100_300)).toEqual({
      kind: 'live',
      delayMs: 300,
      captureMs: 100_000,
      estimated: false,
      suspect: null,
      served: 'wall',
    });
  });

  it.each([
    [1_999, null],
    [2_000, 'grey'],
    [10_000, 'alarm'],
    [30_000, 'hidden'],
  ])('after %d ms the picture is %s', (age, level) => {
    expect(staleLevel(age)).toBe(level);
  });

  it('is stale and black when the server falls silent, even with a young picture', () => {
    const state = told(live, 3_000, 100_900);
    expect(state).toMatchObject({ kind: 'stale', level: 'grey' });
    expect(mustBlank(state, live, 3_000)).toBe(true);
  });

  it('is not live while a hole waits for its key frame: the age grows, the picture stays', () => {
    const holed = { ...live, whole: false };
    const state = told(holed, 1_100, 100_300);
    expect(state).toEqual({ kind: 'stale', level: 'grey', ageMs: 300, captureMs: 100_000 });
    expect(told(holed, 1_200, 100_400)).toMatchObject({ kind: 'stale', ageMs: 400 });
    expect(mustBlank(state, holed, 1_100)).toBe(false);
  });

  it('is not live while the server says that the camera stalls, however young the picture', () => {
    const stalled: Facts = { ...live, state: 'stalled' };
    const state = told(stalled, 1_100, 100_300);
    expect(state).toEqual({ kind: 'stale', level: 'grey', ageMs: 300, captureMs: 100_000 });
    expect(mustBlank(state, stalled, 1_100)).toBe(false);
  });

  it('says that the picture shown is damaged, even before the server does', () => {
    const damaged: Facts = { ...live, drawn: { ...fresh, damaged: true } };
    expect(told(damaged, 1_100, 100_300)).toMatchObject({ kind: 'live', suspect: 'damaged' });
    expect(told({ ...damaged, suspect: 'black' }, 1_100, 100_300)).toMatchObject({ suspect: 'black' });
  });

  it('is a fault when it cannot be decoded here', () => {
    expect(told({ ...live, undecodable: true }, 1_100, 100_300)).toMatchObject({
      kind: 'fault',
      cause: 'codec',
    });
  });

  it('draws nothing before the server spoke, while it is silent, or when the picture is withheld', () => {
    expect(mayShow(live, 1_100)).toBe(true);
    for (const change of [
      { stateAtMs: null },
      { stateAtMs: -900 },
      { state: 'suspended' as const },
      { undecodable: true },
      { endsAtMs: 1_100 },
    ])
      expect(mayShow({ ...live, ...change }, 1_100)).toBe(false);
  });

  it('ends by itself at the deadline it was told', () => {
    const state = told(live, 60_000, 100_100);
    expect(state).toEqual({ kind: 'ended', reason: 'expired', retry: false });
    expect(mustBlank(state, { ...live, stateAtMs: 59_900 }, 60_000)).toBe(true);
  });

  it('shows nothing on a fault, an end, a pause, and before the first picture', () => {
    for (const change of [
      { state: 'fault' as const, cause: 'auth' as const },
      { end: { reason: 'revoked', retry: false } },
      { paused: true },
      { drawn: null },
      { attempt: 2 },
    ]) {
      const facts = { ...live, ...change };
      expect(mustBlank(told(facts, 1_100, 100_300), facts, 1_100)).toBe(true);
    }
  });

  it('keeps a grey picture on screen and hides it after 30 s', () => {
    const facts = { ...live, stateAtMs: 30_000 };
    expect(mustBlank(told(facts, 30_100, 105_000), facts, 30_100)).toBe(false);
    expect(mustBlank(told(facts, 30_100, 130_000), facts, 30_100)).toBe(true);
  });
});

describe('the server clock', () => {
  it('trusts the probe with the least round trip', () => {
    const clock = new ServerClock();
    clock.probed(0, 100, 1_050_000);
    expect(clock.now(0)).toBe(1000);
    clock.probed(200, 210, 1_305_000);
    expect(clock.now(0)).toBe(1100);
    clock.probed(300, 900, 9_000_000);
    expect(clock.now(0)).toBe(1100);
  });

  it('notices within a second that the server’s clock was set, and takes the next probe', () => {
    const clock = new ServerClock();
    clock.probed(0, 1, 1_000_000);
    clock.guessed(1_000, 2_005_000);
    expect(clock.now(0)).toBeCloseTo(999.5);
    clock.guessed(2_000, 33_000_000);
    expect(clock.now(2_000)).toBe(33_000);
    clock.probed(2_100, 2_130, 33_115_000);
    expect(clock.now(2_100)).toBe(33_100);
  });

  it('does not call a picture live that was taken in the future', () => {
    expect(told(live, 1_100, 99_500).kind).toBe('live');
    expect(told(live, 1_100, 98_900)).toMatchObject({ kind: 'stale', level: 'grey' });
  });
});

describe('reconnecting', () => {
  it('waits 0.5, 1, 2, then 5 s, with jitter', () => {
    expect([1, 2, 3, 4, 9].map((n) => backoffMs(n, 0.5))).toEqual([500, 1000, 2000, 5000, 5000]);
    expect(backoffMs(1, 0)).toBe(400);
  });
});
