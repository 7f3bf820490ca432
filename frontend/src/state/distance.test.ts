import { describe, expect, it } from 'vitest';
import { distanceWords, metres } from './distance';

const julien = { lat: 43.60864, lon: 1.43763 };
const born = { lat: 43.61041, lon: 1.45287 };

describe('the distance', () => {
  it('is that of the great circle, to a metre, across a quarter', () => {
    expect(Math.abs(metres(julien, born) - 1242.8)).toBeLessThan(1);
    expect(metres(julien, julien)).toBe(0);
  });
  it('is said in tens of metres', () => expect(distanceWords(julien, born)).toBe('1240 m'));
});
