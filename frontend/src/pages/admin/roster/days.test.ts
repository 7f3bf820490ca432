import { describe, expect, it } from 'vitest';
import { day, inYears } from './days';

describe('days of the roster', () => {
  it('are written as people write them', () => {
    expect(['2026-11-23', '2026-11-23 08:00', '2026-11-23 08:00:12.000123', null].map(day)).toEqual([
      '23/11/2026',
      '23/11/2026 08:00',
      '23/11/2026 08:00',
      '',
    ]);
  });

  it('end the day before they began', () => {
    expect([inYears('2026-11-23', 1), inYears('2028-02-29 07:00', 1)]).toEqual(['2027-11-22', '2029-02-28']);
  });
});
