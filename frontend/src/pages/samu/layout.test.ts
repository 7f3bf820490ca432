import { describe, expect, it } from 'vitest';
import { fitting, grid, neighbour } from './layout';

describe('the wall', () => {
  it('grows so that no picture is hidden', () => {
    expect([0, 1, 4, 5, 6, 7, 9, 10, 16, 40].map(fitting)).toEqual([4, 4, 4, 6, 6, 9, 9, 16, 16, 16]);
  });
});

describe('the grid', () => {
  it('is as even as the mock: six are two by three', () => {
    expect(grid(6, false, 5)).toEqual({
      gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
      gridTemplateRows: 'repeat(3, minmax(0, 1fr))',
    });
  });
  it('keeps every other picture in view when one is enlarged', () => {
    const rows = (others: number) => grid(16, true, others).gridTemplateRows.split(') ').length;
    expect([0, 1, 5, 6, 15].map(rows)).toEqual([1, 2, 2, 3, 4]);
    expect(grid(16, true, 15).gridTemplateColumns).toBe('repeat(5, minmax(0, 1fr))');
  });
});

describe('the arrow keys on the wall', () => {
  const box = (left: number, top: number, width = 10, height = 10) => ({ left, top, width, height });
  it('lead to the tile beside, and nowhere beyond the edge', () => {
    const four = [box(0, 0), box(10, 0), box(0, 10), box(10, 10)];
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
    expect(keys.map((key) => neighbour(four, 0, key))).toEqual([null, 1, null, 2]);
    expect(keys.map((key) => neighbour(four, 3, key))).toEqual([2, null, 1, null]);
    expect(neighbour(four, 0, 'x')).toBeNull();
  });
  it('lead from an enlarged tile into the strip below it', () => {
    const strip = [box(0, 40), box(0, 0, 30, 40), box(10, 40), box(20, 40)];
    expect(neighbour(strip, 1, 'ArrowDown')).toBe(2);
    expect(neighbour(strip, 0, 'ArrowUp')).toBe(1);
  });
});
