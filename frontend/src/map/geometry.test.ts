import { describe, expect, it } from 'vitest';
import { bounds, degreesLabel, groundMetres, nearest, stepMinutes, ticks, wedge } from './geometry';

const end = (angleRad: number) =>
  [Math.cos(angleRad), Math.sin(angleRad)].map((v) => Math.round(v * 100) / 100);

describe('the seen sector', () => {
  it('lies around its azimuth, north up, clockwise', () => {
    const north = wedge({ azimuthDeg: 0, openingDeg: 90, reachM: 80 }, 2);
    expect(north.radiusPx).toBe(40);
    expect(end(north.fromRad)).toEqual([-0.71, -0.71]);
    expect(end(north.toRad)).toEqual([0.71, -0.71]);
    const east = wedge({ azimuthDeg: 90, openingDeg: 0, reachM: 80 }, 2);
    expect(end(east.fromRad)).toEqual([1, 0]);
  });

  it('is a whole disc from 360 degrees on, and never more than one turn', () => {
    const all = wedge({ azimuthDeg: 10, openingDeg: 720, reachM: 10 }, 1);
    expect(all.allRound).toBe(true);
    expect(all.toRad - all.fromRad).toBeCloseTo(2 * Math.PI);
    expect(wedge({ azimuthDeg: 10, openingDeg: 359, reachM: 10 }, 1).allRound).toBe(false);
  });

  it('is drawn in metres on the ground, not of the projection', () => {
    expect(groundMetres(0)).toBe(1);
    expect(groundMetres(43.6)).toBeCloseTo(0.7242, 4);
  });
});

describe('the graticule', () => {
  it('takes the finest step whose lines stay apart', () => {
    expect(stepMinutes(60_000, 68)).toBe(0.1);
    expect(stepMinutes(40_000, 68)).toBe(0.2);
    expect(stepMinutes(1, 68)).toBe(60);
  });

  it('counts in whole tenths of a minute', () => {
    expect(ticks(1.45, 1.456, 0.2)).toEqual([870, 872]);
    expect(ticks(-0.001, 0.001, 0.5)).toEqual([0]);
  });

  it('writes degrees and minutes as the mock does', () => {
    expect(degreesLabel(26_169, ',')).toBe('43°36,9′');
    expect(degreesLabel(870, '.')).toBe('1°27.0′');
    expect(degreesLabel(-5, ',')).toBe('−0°0,5′');
  });
});

describe('what is under the pointer', () => {
  const spots = [
    { id: 'a', x: 0, y: 0 },
    { id: 'b', x: 10, y: 0 },
    { id: 'c', x: 10, y: 0 },
  ];
  it('is the nearest mark, and of two in one place the one on top', () => {
    expect(nearest(spots, 2, 0, 20)?.id).toBe('a');
    expect(nearest(spots, 9, 0, 20)?.id).toBe('c');
  });
  it('is nothing beyond reach', () => {
    expect(nearest(spots, 40, 0, 20)).toBeNull();
  });
});

describe('the box to look at', () => {
  it('holds every point and its margin in metres', () => {
    const box = bounds([{ lat: 43.6, lon: 1.44 }], 300);
    expect(box?.north).toBeCloseTo(43.6 + 0.002695, 5);
    expect(box?.east).toBeCloseTo(1.44 + 0.003721, 5);
    expect(box?.west).toBeCloseTo(1.44 - 0.003721, 5);
  });
  it('of nothing is nothing', () => {
    expect(bounds([], 300)).toBeNull();
  });
});
