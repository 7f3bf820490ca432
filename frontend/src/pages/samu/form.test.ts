import { beforeEach, describe, expect, it } from 'vitest';
import { chosen, picked, type Sighting, stepped, wanted } from './form';

const seen = (camera: string, not_shareable: Sighting['not_shareable'] = null): Sighting => ({
  camera,
  distance_m: 10,
  off_axis_deg: 0,
  sight: 'on_axis',
  sees: true,
  not_shareable,
  fault: null,
  fault_at: null,
});

describe('the cameras asked for', () => {
  beforeEach(() => {
    picked.value = null;
    wanted.value = 2;
  });
  const all = [seen('a'), seen('b', 'mask_missing'), seen('c'), seen('d')];

  it('are the best that may be shared', () => expect(chosen(all, new Set())).toEqual(['a', 'c']));
  it('are not those that run already', () => expect(chosen(all, new Set(['a']))).toEqual(['c', 'd']));
  it('are those picked by hand, never one that may not be shared', () => {
    picked.value = new Set(['b', 'd']);
    expect(chosen(all, new Set())).toEqual(['d']);
  });
});

describe('a stepper', () => {
  it('moves along its steps and stops at the ends', () => {
    const steps = [5, 10, 15];
    expect([stepped(5, 1, steps), stepped(15, 1, steps), stepped(5, -1, steps)]).toEqual([10, 15, 5]);
  });
});
