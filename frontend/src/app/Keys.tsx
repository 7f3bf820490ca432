/** Every key of a room, on `?` */
import { type Key, t } from '../words';
import { hideKeys, type KeysOf, keysShown } from './KeysLater';
import { Sheet } from './Sheet';

type Rows = ReadonlyArray<readonly [string, Key]>;
const PAGE: Rows = [
  ['N', 'key_n'],
  ['↵', 'key_enter'],
  ['I', 'key_i'],
  ['1–6', 'key_intents'],
  ['P', 'key_p'],
  ['⇧L', 'key_release'],
  ['H', 'key_h'],
  ['M', 'key_m'],
  ['F', 'key_f'],
  ['⇞ ⇟', 'key_pages'],
  ['␣', 'key_space'],
  ['F2', 'key_talk'],
];
const TILE: Rows = [
  ['← → ↑ ↓', 'key_arrows'],
  ['↵', 'key_tileEnter'],
  ['+ − 0', 'key_zoom'],
  ['F', 'key_f'],
  ['P', 'key_tileP'],
  ['L', 'key_l'],
  ['R', 'key_r'],
];

const POLICE: Rows = [
  ['␣', 'key_space'],
  ['S', 'key_s'],
  ['⇧S', 'key_shiftS'],
  ['F2', 'key_talk'],
];
const CARD: Rows = [
  ['A', 'key_a'],
  ['R', 'key_refuse'],
  ['V', 'key_v'],
  ['1–9 G–M', 'key_digits'],
  ['T 0', 'key_t'],
  ['← →', 'key_shorter'],
  ['↑ ↓', 'key_cards'],
];
const TABLES: Record<KeysOf, ReadonlyArray<readonly [Key, Rows]>> = {
  samu: [
    ['keysPage', PAGE],
    ['keysTile', TILE],
  ],
  cic: [
    ['keysPage', POLICE],
    ['keysCard', CARD],
  ],
};

export function Keys({ of }: { of: KeysOf }) {
  return (
    <Sheet title={t('keysTitle')} shown={keysShown.value} onClose={hideKeys}>
      {TABLES[of].map(([title, rows]) => (
        <Table key={title} title={t(title)} rows={rows} />
      ))}
    </Sheet>
  );
}

function Table({ title, rows }: { title: string; rows: Rows }) {
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
