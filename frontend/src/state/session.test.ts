import { describe, expect, it } from 'vitest';
import { sessionEnd } from './session';

const who = { session_ends_at: '2026-11-23T20:00:00Z', session_idle_s: 1800 };
const nine = Date.parse('2026-11-23T09:00:00Z');

describe('the session', () => {
  it('ends of idleness half an hour after the last answer', () => {
    expect(sessionEnd(who, nine)).toEqual({ atMs: nine + 1_800_000, by: 'idle' });
  });
  it('ends with the shift, whatever is done', () => {
    const late = Date.parse('2026-11-23T19:50:00Z');
    expect(sessionEnd(who, late)).toEqual({ atMs: Date.parse(who.session_ends_at), by: 'shift' });
  });
});
