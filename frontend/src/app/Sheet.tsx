import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../words';

interface Props {
  title: string;
  wide?: boolean;
  shown?: boolean;
  onClose(): void;
  children: ComponentChildren;
}

/** A dialog that is read and closed: it asks nothing. */
export function Sheet({ title, wide = false, shown = true, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
  }, [shown]);
  return (
    <dialog ref={dialog} class={wide ? 'wide' : ''} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
      <div class="acts">
        <button type="button" class="btn" onClick={() => dialog.current?.close()}>
          {t('close')}
        </button>
      </div>
    </dialog>
  );
}
