import { t } from '../../words';
import * as form from './form';

const CAMERAS = [1, 2, 3, 4, 6, 8, 9, 12, 16];
const RADII = [100, 200, 300, 500, 1000, 2000];
const MINUTES = [5, 10, 15, 20, 30];

/** How many cameras, how far, how long. */
export function Steppers() {
  return (
    <div class="steppers">
      <Stepper
        label={t('cameras')}
        value={form.wanted}
        steps={CAMERAS}
        unit=""
        onStep={() => {
          form.picked.value = null;
        }}
      />
      <Stepper label={t('radius')} value={form.radiusM} steps={RADII} unit=" m" />
      <Stepper label={t('duration')} value={form.durationMin} steps={MINUTES} unit=" min" />
    </div>
  );
}

interface StepperProps {
  label: string;
  value: { value: number };
  steps: readonly number[];
  unit: string;
  onStep?(): void;
}

function Stepper({ label, value, steps, unit, onStep }: StepperProps) {
  const move = (by: number) => {
    value.value = form.stepped(value.value, by, steps);
    onStep?.();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would add a frame to three narrow columns
    <div role="group" aria-label={label}>
      <span>{label}</span>
      <div class="stepper">
        <button type="button" aria-label={`${label} : ${t('less')}`} onClick={() => move(-1)}>
          −
        </button>
        <output class="num">
          {value.value}
          {unit}
        </output>
        <button type="button" aria-label={`${label} : ${t('more')}`} onClick={() => move(1)}>
          +
        </button>
      </div>
    </div>
  );
}
