import { describe, expect, it } from 'vitest';
import { casesLike, coordinates } from './place';

describe('typed coordinates', () => {
  it.each(['43.61041, 1.45287', '43.61041 1.45287', ' 43,61041;1,45287 '])('are read from %s', (typed) => {
    expect(coordinates(typed, 'Point')).toMatchObject({ lat: 43.61041, lon: 1.45287 });
  });
  it.each(['rue 12', '91, 1', '43.6', '43.6, 181', ''])('are not seen in %s', (typed) => {
    expect(coordinates(typed, 'Point')).toBeNull();
  });
});

describe('a case', () => {
  const a = { number: '2031-0417', case_ref: 'SAMU_31-88214' };
  const b = { number: '2031-0418', case_ref: null };
  it.each([
    ['88214', [a]],
    ['samu 31 88', [a]],
    ['0418', [b]],
    ['2031-04', [a, b]],
    ['31', []],
    ['rue', []],
  ])('is found by %s', (typed, found) => {
    expect(casesLike(typed, [a, b])).toEqual(found);
  });
});
