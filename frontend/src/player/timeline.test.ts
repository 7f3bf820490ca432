import { describe, expect, it } from 'vitest';
import { TICKS_A_S } from './fmp4';
import { Timeline } from './timeline';

describe('the film made of a live stream', () => {
  it('has no hole, and runs as fast as the street', () => {
    const timeline = new Timeline<number>();
    const placed = [0, 80, 160, 3_160, 3_240].map((ms, n) => timeline.add(ms, 0.04, n));
    for (const [n, { atTicks }] of placed.entries()) {
      const before = placed[n - 1];
      expect(atTicks).toBe(before === undefined ? 0 : before.atTicks + before.ticks);
    }
    expect(placed.map(({ ticks }) => ticks / TICKS_A_S)).toEqual([0.04, 0.08, 0.08, 0.5, 0.08]);
    expect(placed.map(({ nth }) => nth)).toEqual([1, 2, 3, 4, 5]);
  });

  it('goes on when the capture time stands still or turns back', () => {
    const timeline = new Timeline<number>();
    const ticks = [500, 500, 200].map((ms, n) => timeline.add(ms, 0.04, n).ticks);
    expect(ticks).toEqual([3_600, 1_500, 1_500]);
  });

  it('tells whose picture is on, once, and none of what does not count any more', () => {
    const timeline = new Timeline<string>();
    for (const [n, name] of ['a', 'b', 'c', 'd'].entries()) timeline.add(n * 100, 0.1, name);
    expect(timeline.seen(0.25)).toBe('c');
    expect(timeline.seen(0.26)).toBeNull();
    timeline.forget();
    timeline.add(400, 0.1, 'e');
    expect(timeline.seen(0.35)).toBeNull();
    expect(timeline.seen(0.4)).toBe('e');
    expect(timeline.waiting).toBe(0);
  });
});
