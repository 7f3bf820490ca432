import { type Key, t } from '../../words';
import { keyOf, modified, shortcuts } from '../samu/shortcuts';
import { REASONS, type RefusalReason } from './decide';

interface Props {
  dialog: { current: HTMLDialogElement | null };
  onRefuse(reason: RefusalReason): void;
}

/** Why not: one click on the reason refuses. Digits choose too. */
export function RefusalDialog({ dialog, onRefuse }: Props) {
  const onKeyDown = (event: KeyboardEvent) => {
    const reason = shortcuts.value && !modified(event) ? REASONS[Number(keyOf(event)) - 1] : undefined;
    event.stopPropagation(); // the card's own keys stay out of here
    if (reason !== undefined) onRefuse(reason);
  };
  return (
    <dialog ref={dialog} onKeyDown={onKeyDown}>
      <h2>{t('refuseTitle')}</h2>
      <p class="muted">{t('refuseWhy')}</p>
      <div class="choices">
        {REASONS.map((reason, n) => (
          <button key={reason} type="button" class="btn" onClick={() => onRefuse(reason)}>
            <span>
              {t(`refusal_${reason}` as Key)}
              {reason === 'judicial' && <small class="next">{t('judicialNote')}</small>}
            </span>
            {shortcuts.value && <kbd>{n + 1}</kbd>}
          </button>
        ))}
      </div>
      <div class="acts">
        <button type="button" class="btn" onClick={() => dialog.current?.close()}>
          {t('cancel')}
        </button>
      </div>
    </dialog>
  );
}
