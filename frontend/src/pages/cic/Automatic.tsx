/** What declared crises granted at once: told with sound until somebody of the room acknowledges, cut like any other. */
import { useEffect } from 'preact/hooks';
import { ExerciseMark } from '../../app/Exercise';
import { setRinging } from '../../app/sound';
import { openCrises, unnoticed } from '../../state/crisis';
import type { Grant, RoomState } from '../../state/room';
import { cameras, nameOf, organisationOf } from '../../state/store';
import { clockTime, t } from '../../words';
import { notice, suspend } from '../crisis/acts';
import { here, shortcuts, useShortcuts } from '../samu/shortcuts';
import { revoke } from './decide';

/** Rings; Space acknowledges unless a request rings; S suspends every crisis, ⇧S cuts what it granted too. */
export function useAutomatic(state: RoomState, requestRings: boolean): readonly Grant[] {
  const told = unnoticed(state);
  const rings = told.length > 0;
  useEffect(() => {
    setRinging('automatic', rings, t('automaticTitle'));
    return () => setRinging('automatic', false);
  }, [rings]);
  useShortcuts((event) => {
    if (event.key.toLowerCase() === 's') {
      for (const crisis of openCrises(state))
        if (crisis.state === 'active' || (event.shiftKey && crisis.state === 'suspended'))
          void suspend(crisis.id, event.shiftKey);
      return true;
    }
    if (event.key !== ' ' || !rings || requestRings || !here(event)) return false;
    for (const grant of told) void notice(grant.id);
    return true;
  });
  return told;
}

export function Automatic({ state, told }: { state: RoomState; told: readonly Grant[] }) {
  if (told.length === 0) return null;
  return (
    <div class="automatic" role="alert">
      {told.map((grant) => (
        <article key={grant.id} class="alarm">
          <span aria-hidden="true">♪</span>
          <div>
            <b>
              <ExerciseMark of={grant} /> {t('automaticTitle')} ·{' '}
              {state.crises.get(grant.declaration ?? '')?.ref}
            </b>
            <br />
            {organisationOf(grant.beneficiary)?.short_name}, {nameOf(grant.requester)} ·{' '}
            {grant.views.map((view) => cameras.value.get(view.camera)?.name ?? view.camera).join(', ')} ·{' '}
            {t('endsAt')} <span class="num">{clockTime(Date.parse(grant.ends_at))}</span>
          </div>
          <span class="spacer" />
          <button type="button" class="btn sm no" onClick={() => void revoke(grant.id, null)}>
            {t('revokeGrant')}
          </button>
          <button type="button" class="btn sm" onClick={() => void notice(grant.id)}>
            {t('acknowledge')} {shortcuts.value && <kbd>{t('space')}</kbd>}
          </button>
        </article>
      ))}
    </div>
  );
}
