/** What a request would meet in a declared crisis, to say so before it is sent; the service decides. */
import type { Point } from '../../map/contract';
import type { Crisis } from '../../state/room';
import { covers } from './draft';

export type Foresight = 'granted' | 'longer' | 'outside';

/** `cameras`: those to be asked for, `place`: of their incident. */
export function foresee(
  crisis: Crisis,
  place: Point,
  cameras: readonly string[],
  durationS: number,
): Foresight {
  const named = cameras.every((camera) => crisis.cameras.includes(camera));
  if (!named || !covers(crisis.perimeter, place)) return 'outside';
  return durationS > crisis.grant_s ? 'longer' : 'granted';
}
