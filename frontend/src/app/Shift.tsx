import { t } from '../words';
import { sound, startShift } from './sound';

/** The sound pill; before the start of shift, the button that unlocks it. */
export function ShiftButton() {
  return sound.value === 'ready' ? (
    <span class="pill">♪ {t('soundOn')}</span>
  ) : (
    <button type="button" class="btn sm p" title={t('soundHint')} onClick={() => void startShift()}>
      ♪ {t('soundOff')}
    </button>
  );
}

export function SoundBanner() {
  if (sound.value !== 'suspended') return null;
  return (
    <p class="banner" role="alert">
      {t('soundBanner')}
    </p>
  );
}
