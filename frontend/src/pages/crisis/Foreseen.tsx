import type { Point } from '../../map/contract';
import { openCrises } from '../../state/crisis';
import { room } from '../../state/store';
import { type Key, t } from '../../words';
import { type Foresight, foresee } from './foreseen';

const WORDS: Record<Foresight, Key> = {
  granted: 'crisisForeseen',
  longer: 'crisisForeseenLonger',
  outside: 'crisisForeseenOutside',
};

interface Props {
  place: Point | null;
  cameras: readonly string[];
  durationS: number;
}

/** Beside the button: whether a declared crisis grants at once what is about to be asked, or a person decides. */
export function Foreseen({ place, cameras, durationS }: Props) {
  if (place === null || cameras.length === 0) return null;
  const active = openCrises(room.value).filter((crisis) => crisis.state === 'active');
  if (active.length === 0) return null;
  const said = active.map((crisis) => ({ crisis, foresight: foresee(crisis, place, cameras, durationS) }));
  const best = (['granted', 'longer', 'outside'] as const)
    .map((foresight) => said.find((one) => one.foresight === foresight))
    .find((one) => one !== undefined);
  if (best === undefined) return null;
  const { crisis, foresight } = best;
  return (
    <p class="foreseen" role="status">
      {t(WORDS[foresight], { ref: crisis.ref, n: Math.round(crisis.grant_s / 60) })}
    </p>
  );
}
