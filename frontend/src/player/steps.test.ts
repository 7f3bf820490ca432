import { describe, expect, it } from 'vitest';
import { FULL_MS, Steps } from './steps';

describe('a decoder that cannot keep up', () => {
  it('is one whose queue stays above three, not one that has a burst before it', () => {
    const steps = new Steps('focus');
    expect([steps.overloaded(30, 0), steps.overloaded(4, FULL_MS - 1)]).toEqual([false, false]);
    expect(steps.overloaded(3, FULL_MS)).toBe(false);
    expect(steps.overloaded(4, FULL_MS + 1)).toBe(false);
    expect(steps.overloaded(4, 2 * FULL_MS + 1)).toBe(true);
  });
});

describe('the size asked for', () => {
  it('goes down once, and back up after 60 s', () => {
    const steps = new Steps('focus');
    expect([steps.down(0), steps.rendition, steps.down(10)]).toEqual([true, 'wall', false]);
    expect([steps.up(59_999), steps.up(60_000), steps.rendition]).toEqual([false, true, 'focus']);
  });

  it('waits twice as long each time, at most 600 s, and 60 s again after a calm period', () => {
    const steps = new Steps('focus');
    const waits: number[] = [];
    let at = 0;
    const cycle = () => {
      steps.down(at);
      const from = at;
      while (!steps.up(at)) at += 1_000;
      waits.push((at - from) / 1000);
    };
    for (let n = 0; n < 6; n++) cycle();
    at += 600_001;
    cycle();
    expect(waits).toEqual([60, 120, 240, 480, 600, 600, 60]);
  });

  it('is never changed for a tile that wants the small one', () => {
    const steps = new Steps('wall');
    expect([steps.down(0), steps.up(999_999)]).toEqual([false, false]);
  });

  it('is the new wish of the page at once', () => {
    const steps = new Steps('focus');
    steps.down(0);
    expect([steps.wished('focus'), steps.wished('wall'), steps.wished('focus'), steps.rendition]).toEqual([
      false,
      true,
      true,
      'focus',
    ]);
  });
});
