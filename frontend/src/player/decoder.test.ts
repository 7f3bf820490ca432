import { describe, expect, it } from 'vitest';
import { Failures } from './decoder';

describe('a failing decoder', () => {
  it('is rebuilt, then rebuilt in software, then given up', () => {
    const failures = new Failures();
    expect([failures.note(0), failures.note(100), failures.note(200)]).toEqual([
      'again',
      'software',
      'give-up',
    ]);
  });

  it('is forgiven what lies more than ten seconds back', () => {
    const failures = new Failures();
    expect([failures.note(0), failures.note(11_000), failures.note(22_000)]).toEqual([
      'again',
      'again',
      'again',
    ]);
  });
});
