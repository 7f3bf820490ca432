/** What declared crises granted at once: told with sound until somebody of the room acknowledges, cut like any other. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { setRinging } from '../../app/sound';
import { openCrises, unnoticed } from '../../state/crisis';
import type { Grant, RoomState } from '../../state/room';
import { cameras, nameOf, organisationOf } from '../../state/store';
import { clockTime, t } from '../../words';
import { notice, suspend } from '../crisis/acts';
import { shortcuts } from '../samu/shortcuts';
import { revoke } from './decide';

/** Rings; Space acknowledges unless a request rings; S suspends every crisis, ⇧S cuts what it granted too. */
export function useAutomatic(state: RoomState, requestRings: boolean): readonly Grant[] {
  const told = unnoticed(state);
  const rings = told.length > 0;
  useEffect(() => {
    setRinging('automatic', rings, t('automaticTitle'));
    return () => setRinging('automatic', false);
  }, [rings]);
  const onKey = useRef<(event: KeyboardEvent) => void>(() => {});
  onKey.current = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return;
    const busy = event.target.closest('dialog, input, select, textarea') !== null;
    if (busy) return;
    if (event.key.toLowerCase() === 's' && shortcuts.value) {
      for (const crisis of openCrises(state))
        if (crisis.state === 'active' || (event.shiftKey && crisis.state === 'suspended'))
          void suspend(crisis.id, event.shiftKey);
    } else if (event.key === ' ' && rings && !requestRings && event.target.matches('body, .req')) {
      for (const grant of told) void notice(grant.id);
    } else return;
    event.preventDefault();
  };
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
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
              {t('automaticTitle')} · {state.crises.get(grant.declaration ?? '')?.ref}
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
            {t('acknowledge')} <kbd>{t('space')}</kbd>
          </button>
        </article>
      ))}
    </div>
  );
}
