import { useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { St, type StKind } from '../../app/St';
import { cameras } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { now } from '../../state/time';
import { minutes, t } from '../../words';
import { fitting, grid, LAYOUTS, type Layout, saidAt } from './layout';
import type { Look } from './look';
import { WallTile } from './WallTile';

interface Props {
  box: { current: HTMLElement | null };
  shown: readonly Tile[];
  looks: readonly Look[];
  place: { lat: number; lon: number } | null;
  hints: boolean;
  onAskAgain(camera: string): void;
}

/** The video wall. It grows with what is asked unless a layout was chosen; one tile may be enlarged. */
export function Wall({ box, shown, looks, place, hints, onAskAgain }: Props) {
  const [chosen, setChosen] = useState<Layout | null>(null);
  const [large, setLarge] = useState<string | null>(null);
  const layout = chosen ?? fitting(shown.length);
  const visible = shown.slice(0, layout);
  const big = visible.find((tile) => tile.camera === large);
  const hidden = shown.length - visible.length;
  return (
    <section class="panel" aria-label={t('wall')} ref={box}>
      <header>
        <h2>{t('wall')}</h2>
        <Counts looks={looks} />
        {hidden > 0 && <span class="muted">{t('wallHidden', { n: hidden })}</span>}
        <span class="spacer" />
        <div class="seg">
          {LAYOUTS.map((count) => (
            <button
              key={count}
              type="button"
              aria-pressed={layout === count}
              onClick={() => {
                setChosen(count);
                setLarge(null);
              }}
            >
              {count}
            </button>
          ))}
        </div>
        <button type="button" class="btn sm" onClick={() => void fullScreen(box.current)}>
          {t('fullScreen')} {hints && <kbd>F</kbd>}
        </button>
      </header>
      <Failure at="wall" />
      <p class="sr" role="status">
        {spoken(shown)}
      </p>
      <div class="wall" style={{ ...grid(layout, big !== undefined, visible.length - 1) }}>
        {visible.map((tile) => (
          <WallTile
            key={tile.camera}
            tile={tile}
            n={shown.indexOf(tile) + 1}
            look={looks[shown.indexOf(tile)] as Look}
            place={place}
            rendition={big === tile || layout === 1 ? 'focus' : 'wall'}
            enlarged={big === tile}
            onEnlarge={() => setLarge(big === tile ? null : tile.camera)}
            onAskAgain={onAskAgain}
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

function Counts({ looks }: { looks: readonly Look[] }) {
  const count = (kind: StKind) => looks.filter((look) => look.kind === kind).length;
  const [live, exp, stale] = [count('live'), count('exp'), count('stale')];
  return (
    <>
      {live + exp > 0 && <St kind="live">{t('countLive', { n: live + exp })}</St>}
      {exp > 0 && <St kind="exp">{t(exp === 1 ? 'countExpiring1' : 'countExpiring', { n: exp })}</St>}
      {stale > 0 && <St kind="stale">{t('countStale', { n: stale })}</St>}
    </>
  );
}

/** What a screen reader says: it changes at 5, 2, 1 min and 30 s only. */
function spoken(shown: readonly Tile[]): string {
  const ending = new Map<number, string[]>();
  for (const tile of shown) {
    const at = tile.kind === 'live' ? saidAt(tile.endsAt - now.value) : null;
    const name = cameras.value.get(tile.camera)?.name ?? tile.camera;
    if (at !== null) ending.set(at, [...(ending.get(at) ?? []), name]);
  }
  return [...ending]
    .map(([at, names]) => `${t('remaining')} ${minutes(at)} : ${names.join(', ')}`)
    .join('. ');
}

export async function fullScreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else await element?.requestFullscreen();
}
