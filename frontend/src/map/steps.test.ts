import { describe, expect, it } from 'vitest';
import type { MapCamera } from './contract';
import { fromNear, listed, stepped } from './steps';

const camera = (number: number, name: string, more: Partial<MapCamera> = {}): MapCamera => ({
  id: `c${number}`,
  number,
  name,
  lat: 43.6,
  lon: 1.44,
  azimuthDeg: 0,
  openingDeg: 60,
  reachM: 50,
  mark: 'idle',
  word: null,
  reason: null,
  badge: null,
  selected: false,
  ...more,
});

describe('steps', () => {
  it('go from near to far, in metres of the ground', () => {
    const north = camera(1, 'north', { lat: 43.61 });
    const east = camera(2, 'east', { lon: 1.453 }); // more degrees, fewer metres
    expect(fromNear([north, east], { lat: 43.6, lon: 1.44 })).toEqual([east, north]);
  });

  it('begin at the nearest, or at the farthest backwards, and go round', () => {
    expect([stepped(3, -1, 1), stepped(3, -1, -1), stepped(3, 2, 1), stepped(3, 0, -1)]).toEqual([
      0, 2, 0, 2,
    ]);
    expect(stepped(0, -1, 1)).toBe(-1);
  });
});

describe('the list', () => {
  const city = [
    camera(7, 'Allées Jean-Jaurès'),
    camera(12, 'École Bayard', { mark: 'barred' }),
    camera(70, 'Rue de Metz', { mark: 'live', badge: 1 }),
    camera(3, 'Rue Bayard', { mark: 'wait' }),
  ];
  const names = (typed: string, most = 10) => listed(city, typed, most).rows.map(({ number }) => number);

  it('has every camera, what matters first, then by number', () => {
    expect(names('')).toEqual([70, 3, 7, 12]);
    const wall = [camera(6, 'a', { mark: 'live', badge: 2 }), camera(8, 'b', { mark: 'wait', badge: 1 })];
    expect(listed(wall, '', 10).rows.map(({ badge }) => badge)).toEqual([1, 2]);
  });

  it('finds without accents, hyphens apart, in any order, and by number', () => {
    expect(names('bayard ECOLE')).toEqual([12]);
    expect(names('jaures')).toEqual([7]);
    expect(names('7')).toEqual([7, 70]);
    expect(names('nulle part')).toEqual([]);
  });

  it('shows as many as one can read of thousands, and says how many there are', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => camera(n + 1, `Rue ${n}`));
    const { rows, count } = listed(many, 'rue', 60);
    expect([rows.length, count]).toEqual([60, 5_000]);
  });
});
