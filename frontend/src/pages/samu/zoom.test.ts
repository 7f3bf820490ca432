import { describe, expect, it } from 'vitest';
import { keyed, panned, SCALE_MAX, WHOLE, zoomed } from './zoom';

describe('the digital zoom', () => {
  it('keeps the point under the pointer where it is', () => {
    const [px, py] = [0.3, -0.2];
    const near = zoomed(WHOLE, 2, px, py);
    // the picture's point at (px, py) before, and where it lies now
    expect(near.x + px * near.scale).toBeCloseTo(px);
    expect(near.y + py * near.scale).toBeCloseTo(py);
  });

  it('never shows what lies outside the picture', () => {
    const near = zoomed(WHOLE, 1);
    expect(panned(near, 9, -9)).toEqual({ scale: 1.5, x: 0.25, y: -0.25 });
    expect(zoomed(panned(near, 9, 9), -1)).toEqual(WHOLE);
    expect(panned(WHOLE, 1, 1)).toEqual(WHOLE);
  });

  it('ends at its greatest and at the whole picture', () => {
    expect(zoomed(WHOLE, 99).scale).toBe(SCALE_MAX);
    expect(zoomed(WHOLE, -1)).toEqual(WHOLE);
  });

  it('leaves the arrows to others while the picture is whole', () => {
    expect(keyed(WHOLE, 'ArrowLeft')).toBeNull();
    expect(keyed(WHOLE, 'Escape')).toBeNull();
    const near = keyed(WHOLE, '+') ?? WHOLE;
    expect(keyed(near, 'ArrowLeft')?.x).toBeCloseTo(0.15);
    expect(keyed(near, '0')).toEqual(WHOLE);
    expect(keyed(near, 'x')).toBeNull();
  });
});
