import { describe, expect, it } from 'vitest';
import type { Request } from '../../state/room';
import { heard, nextCallAt, unheard } from './alarm';

const request = {
  id: 'req_1',
  created_at: '2026-11-23T09:00:00Z',
  lapses_at: '2026-11-23T09:10:00Z',
} as Request;
const at = (level: number) => new Map([['req_1', level]]);
const nobody: ReadonlySet<string> = new Set();

describe('the bell', () => {
  it('rings at a first post at once, at a second and the supervisor’s only when their turn comes', () => {
    const rings = (level: number) =>
      (['first', 'second', 'oncall'] as const).filter(
        (post) => unheard([request], at(level), nobody, post).length > 0,
      );
    expect([rings(0), rings(1), rings(2), rings(3)]).toEqual([
      ['first'],
      ['first', 'second'],
      ['first', 'second', 'oncall'],
      ['first', 'second', 'oncall'],
    ]);
  });

  it('is silent once acknowledged, and rings anew when the request goes further', () => {
    const acknowledged = new Set([heard(request, at(1))]);
    expect(unheard([request], at(1), acknowledged, 'first')).toEqual([]);
    expect(unheard([request], at(2), acknowledged, 'first')).toEqual([request]);
  });

  it('says when the next post is called, and nothing once all were or it lapses before', () => {
    const created = Date.parse(request.created_at);
    expect(nextCallAt(request, 0, [30, 60])).toBe(created + 30_000);
    expect(nextCallAt(request, 2, [30, 60])).toBeNull();
    expect(nextCallAt(request, 0, [600])).toBeNull();
  });
});
