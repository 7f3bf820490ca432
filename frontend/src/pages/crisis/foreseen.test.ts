import { describe, expect, it } from 'vitest';
import type { Crisis } from '../../state/room';
import { foresee } from './foreseen';

const crisis = {
  perimeter: { points: [{ lat: 43.61, lon: 1.45 }], radius_m: 300 },
  cameras: ['cam_1', 'cam_2'],
  grant_s: 600,
} as Crisis;
const here = { lat: 43.611, lon: 1.45 };

describe('what is about to be asked in a declared crisis', () => {
  it('is granted at once when place, cameras and time lie inside', () =>
    expect(foresee(crisis, here, ['cam_2'], 600)).toBe('granted'));
  it('waits for a person when it is for longer', () =>
    expect(foresee(crisis, here, ['cam_2'], 601)).toBe('longer'));
  it('waits for a person when one camera is not named', () =>
    expect(foresee(crisis, here, ['cam_1', 'cam_3'], 600)).toBe('outside'));
  it('waits for a person when the place lies outside', () =>
    expect(foresee(crisis, { lat: 43.62, lon: 1.45 }, ['cam_1'], 60)).toBe('outside'));
});
