import { beforeEach, describe, expect, it } from 'vitest';
import { interrupt, interrupted, recent, resumed, returnedTo, stepUpUrl } from './stepup';

const NOW = Date.parse('2026-11-23T04:00:00Z');
const until = (leftS: number) => new Date(NOW + leftS * 1000).toISOString();

beforeEach(() => {
  sessionStorage.clear();
  history.replaceState(null, '', '/cic');
  interrupted.value = null;
});

describe('a recent authentication', () => {
  it.each([
    [false, until(-1), 'free'],
    [true, null, 'over'],
    [true, until(0), 'over'],
    [true, until(600), 'soon'],
    [true, until(601), 'ok'],
  ])('needed %s, until %s: %s', (needs_recent, recent_until, kind) => {
    expect(recent({ needs_recent, recent_until }, NOW).kind).toBe(kind);
  });
});

describe('an act that needs one', () => {
  it('is come back to, once, with what was filled in', () => {
    interrupt({ of: 'req_1', filled: ['cam_2'] });
    expect(interrupted.value).toBe('/cic#req_1');
    expect(stepUpUrl('/cic#req_1')).toBe('/auth/step-up?next=%2Fcic%23req_1');
    history.replaceState(null, '', '/cic#req_1');
    expect([returnedTo(), returnedTo()]).toEqual(['req_1', null]);
    expect(resumed('req_2')).toBeNull();
    expect([resumed('req_1'), resumed('req_1')]).toEqual([['cam_2'], null]);
  });

  it('without anything filled in leads back to its page', () => {
    interrupt();
    expect(interrupted.value).toBe('/cic');
  });
});
