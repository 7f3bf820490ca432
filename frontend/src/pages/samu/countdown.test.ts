import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../../state/room';
import { type Camera, cameras } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { Countdown, saidAt } from './countdown';

const tile = (camera: string, endsAt: number) =>
  ({ kind: 'live', camera, grant: { id: 'gr' } as Grant, endsAt, extension: null }) as Tile;
const END = 1_000_000;
const a = tile('a', END);

/** Every change of what is said from `from` ms before the end on, second by second. */
function heard(from: number, to: number, shown: (leftMs: number) => Tile[] = () => [a]): [number, string][] {
  const countdown = new Countdown();
  const found: [number, string][] = [];
  for (let left = from; left >= to; left -= 1000) {
    const words = countdown.words(shown(left), END - left);
    if (words !== (found.at(-1)?.[1] ?? '')) found.push([left, words]);
  }
  return found;
}

describe('the countdown that is heard', () => {
  beforeEach(() => {
    cameras.value = new Map([['a', { id: 'a', name: 'Capitole' } as Camera]]);
  });
  afterEach(() => {
    cameras.value = new Map();
  });

  it('has steps at 5, 2, 1 minutes and 30 seconds', () => {
    const lefts = [300_001, 300_000, 120_001, 120_000, 60_000, 30_001, 30_000, 1, 0];
    const steps = [null, 300_000, 300_000, 120_000, 60_000, 60_000, 30_000, 30_000, null];
    expect(lefts.map(saidAt)).toEqual(steps);
  });

  it('says a step as it is passed, and for no longer than it is true', () => {
    expect(heard(302_000, 0)).toEqual([
      [300_000, 'Reste 5:00 : Capitole'],
      [295_000, ''],
      [120_000, 'Reste 2:00 : Capitole'],
      [115_000, ''],
      [60_000, 'Reste 1:00 : Capitole'],
      [55_000, ''],
      [30_000, 'Reste 0:30 : Capitole'],
      [25_000, ''],
    ]);
  });

  it('says the time itself to who comes between two steps', () => {
    expect(heard(150_000, 121_000)[0]).toEqual([150_000, 'Reste 2:30 : Capitole']);
  });

  it('says of a second picture what is new only', () => {
    const both = heard(301_000, 297_000, () => [a, tile('b', END + 2_000)]);
    expect(both.at(-1)).toEqual([298_000, 'Reste 5:00 : b']);
  });

  it('does not say a step again when the clock is set back by a second', () => {
    const countdown = new Countdown();
    countdown.words([a], END - 121_000);
    expect(countdown.words([a], END - 120_000)).toContain('2:00');
    for (const left of [121_000, 120_000, 114_000]) countdown.words([a], END - left);
    expect(countdown.words([a], END - 120_000)).toBe('');
  });
});
