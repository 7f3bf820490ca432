import { useRef, useState } from 'preact/hooks';
import { St } from '../../app/St';
import { EXPIRING_MS, type Tile } from '../../state/tiles';
import { now } from '../../state/time';
import { t } from '../../words';
import * as form from './form';
import { WallTile } from './WallTile';

const LAYOUTS = [1, 4, 6, 9, 16] as const;
const COLUMNS: Record<number, number> = { 1: 1, 4: 2, 6: 2, 9: 3, 16: 4 };

/** The video wall: as many tiles as the layout holds; one may be enlarged. */
export function Wall({ shown, onAskAgain }: { shown: readonly Tile[]; onAskAgain(camera: string): void }) {
  const box = useRef<HTMLElement>(null);
  const [layout, setLayout] = useState<number>(4);
  const [large, setLarge] = useState<string | null>(null);
  const live = shown.filter((tile) => tile.kind === 'live');
  const expiring = live.filter((tile) => tile.endsAt - now.value < EXPIRING_MS).length;
  const visible = large === null ? shown.slice(0, layout) : shown.filter((tile) => tile.camera === large);
  const columns = large === null ? (COLUMNS[layout] ?? 2) : 1;
  const rows = large === null ? Math.ceil(layout / columns) : 1;
  return (
    <section class="panel" aria-label={t('wall')} ref={box}>
      <header>
        <h2>{t('wall')}</h2>
        {live.length > 0 && <St kind="live">{`${live.length} ${t('stLive').toLowerCase()}`}</St>}
        {expiring > 0 && <St kind="exp">{`${expiring} ${t('stExpiring').toLowerCase()}`}</St>}
        <span class="spacer" />
        <div class="seg">
          {LAYOUTS.map((count) => (
            <button
              key={count}
              type="button"
              aria-pressed={large === null && layout === count}
              onClick={() => {
                setLayout(count);
                setLarge(null);
              }}
            >
              {count}
            </button>
          ))}
        </div>
        <button type="button" class="btn sm" onClick={() => void fullScreen(box.current)}>
          {t('fullScreen')}
        </button>
      </header>
      <div
        class="wall"
        style={{ gridTemplateColumns: `repeat(${columns}, 1fr)`, gridTemplateRows: `repeat(${rows}, 1fr)` }}
      >
        {visible.map((tile) => (
          <WallTile
            key={tile.camera}
            tile={tile}
            n={shown.indexOf(tile) + 1}
            rendition={large !== null || layout === 1 ? 'focus' : 'wall'}
            enlarged={large === tile.camera}
            onEnlarge={() => setLarge(large === tile.camera ? null : tile.camera)}
            onAskAgain={onAskAgain}
            prolongMin={form.durationMin.value}
          />
        ))}
        {shown.length === 0 && (
          <div class="empty">
            <b>{t('wallEmptyTitle')}</b>
            <span>{t('wallEmptyDo')}</span>
          </div>
        )}
      </div>
    </section>
  );
}

async function fullScreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else await element?.requestFullscreen();
}
