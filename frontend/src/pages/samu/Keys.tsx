import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Key, t } from '../../words';

const PAGE: ReadonlyArray<readonly [string, Key]> = [
  ['N', 'key_n'],
  ['↵', 'key_enter'],
  ['I', 'key_i'],
  ['1–6', 'key_intents'],
  ['P', 'key_p'],
  ['⇧L', 'key_release'],
  ['H', 'key_h'],
  ['M', 'key_m'],
  ['F', 'key_f'],
  ['F2', 'key_talk'],
];
const TILE: ReadonlyArray<readonly [string, Key]> = [
  ['← → ↑ ↓', 'key_arrows'],
  ['↵', 'key_tileEnter'],
  ['+ − 0', 'key_zoom'],
  ['F', 'key_f'],
  ['P', 'key_tileP'],
  ['L', 'key_l'],
  ['R', 'key_r'],
];

const shown = signal(false);
export function showKeys(): void {
  shown.value = true;
}

/** Every key, on `?`. */
export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown.value) dialog.current?.showModal();
  }, [shown.value]);
  return (
    <dialog
      ref={dialog}
      aria-label={t('keysTitle')}
      onClose={() => {
        shown.value = false;
      }}
    >
      <h2>{t('keysTitle')}</h2>
      <Table title={t('keysPage')} rows={PAGE} />
      <Table title={t('keysTile')} rows={TILE} />
      <div class="acts">
        <button type="button" class="btn" onClick={() => dialog.current?.close()}>
          {t('close')}
        </button>
      </div>
    </dialog>
  );
}

function Table({ title, rows }: { title: string; rows: ReadonlyArray<readonly [string, Key]> }) {
  return (
    <>
      <h3>{title}</h3>
      <dl class="keys">
        {rows.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
