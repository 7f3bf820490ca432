import { describe, expect, it } from 'vitest';
import { metres } from '../../state/distance';
import { begun, type Draft, drawn, holds, perimeterOf, seemsWithin, strokeOf } from './draft';

const here = { lat: 43.61, lon: 1.45 };
const keys = (draft: Draft, ...pressed: string[]): Draft =>
  pressed.reduce((now, key) => {
    const stroke = strokeOf(key, false, now);
    return stroke === null ? now : drawn(now, stroke);
  }, draft);

describe('a perimeter', () => {
  it('is a circle by two clicks, or by keys alone', () => {
    const clicked = drawn(drawn(begun(here), { kind: 'put', at: here }), {
      kind: 'put',
      at: { lat: here.lat + 0.004, lon: here.lon },
    });
    expect(perimeterOf(clicked)?.radius_m).toBe(445);
    const typed = keys(begun(here), 'Enter', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'Enter');
    expect(perimeterOf(typed)).toEqual({ points: [here], radius_m: 100 });
    expect(keys(typed, '+').radiusM).toBe(150);
    expect(keys(typed, '-', '-', '-').radiusM).toBe(20);
  });

  it('moves its cursor by 25 m, by 250 m with Shift', () => {
    const near = drawn(begun(here), strokeOf('ArrowRight', false, begun(here)) ?? { kind: 'undo' });
    const far = drawn(begun(here), strokeOf('ArrowDown', true, begun(here)) ?? { kind: 'undo' });
    expect([metres(here, near.cursor), metres(here, far.cursor)].map(Math.round)).toEqual([25, 250]);
  });

  it('is a ring of three points or more, and goes back one by one', () => {
    let ring = drawn(begun(here), { kind: 'shape', shape: 'ring' });
    ring = keys(ring, 'Enter', 'Enter');
    expect(ring.points).toHaveLength(1);
    ring = keys(ring, 'ArrowRight', ' ', 'ArrowUp', 'Enter');
    expect(perimeterOf(ring)?.points).toHaveLength(3);
    expect(perimeterOf(keys(ring, 'Backspace'))).toBeNull();
    expect(drawn(ring, { kind: 'shape', shape: 'circle' }).points).toEqual([]);
  });

  it('holds what is inside it', () => {
    const circle = drawn(begun(here), { kind: 'put' });
    expect(holds(circle, { lat: here.lat + 0.0026, lon: here.lon })).toBe(true);
    expect(holds(circle, { lat: here.lat + 0.0028, lon: here.lon })).toBe(false);
    expect(holds(begun(here), here)).toBe(false);
  });

  it('says when it leaves the act', () => {
    const square = [
      { lat: 43.6, lon: 1.44 },
      { lat: 43.6, lon: 1.46 },
      { lat: 43.62, lon: 1.46 },
      { lat: 43.62, lon: 1.44 },
    ];
    const circle = drawn(begun(here), { kind: 'put' });
    expect(seemsWithin(circle, square)).toBe(true);
    expect(seemsWithin(drawn(circle, { kind: 'radius', radiusM: 900 }), square)).toBe(false);
    expect(seemsWithin(circle, null)).toBe(true);
  });
});
