import { describe, expect, it } from 'vitest';
import { coordinates } from './place';

describe('typed coordinates', () => {
  it.each(['43.61041, 1.45287', '43.61041 1.45287', ' 43,61041;1,45287 '])('are read from %s', (typed) => {
    expect(coordinates(typed, 'Point')).toMatchObject({ lat: 43.61041, lon: 1.45287 });
  });
  it.each(['rue 12', '91, 1', '43.6', '43.6, 181', ''])('are not seen in %s', (typed) => {
    expect(coordinates(typed, 'Point')).toBeNull();
  });
});
