import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { now, serverSaid, startClock } from './time';

describe('the clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-11-23T09:00:00Z') }));
  afterEach(() => void vi.useRealTimers());

  it('is the server’s, whatever this machine believes, and moves on between its messages', () => {
    startClock();
    serverSaid('2026-11-23T10:30:00Z');
    expect(now.value).toBe(Date.parse('2026-11-23T10:30:00Z'));
    vi.advanceTimersByTime(2000);
    expect(now.value).toBe(Date.parse('2026-11-23T10:30:02Z'));
    serverSaid('2026-11-23T10:29:59Z');
    expect(now.value).toBe(Date.parse('2026-11-23T10:29:59Z'));
  });

  it('catches up after the machine slept: nothing is counted down', () => {
    startClock();
    serverSaid('2026-11-23T10:30:00Z');
    vi.setSystemTime(Date.parse('2026-11-23T09:10:00Z'));
    vi.advanceTimersByTime(250);
    expect(now.value).toBe(Date.parse('2026-11-23T10:40:00.250Z'));
  });
});
