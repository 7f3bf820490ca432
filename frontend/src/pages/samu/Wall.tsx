import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { St, type StKind } from '../../app/St';
import { cameras } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { t } from '../../words';
import { useCountdown } from './countdown';
import { Gaps } from './Gaps';
import { fitting, grid, LAYOUTS, type Layout, neighbour } from './layout';
import type { Look } from './look';
import type { WallAlarm } from './onwall';
import { keyOf, useShortcuts } from './shortcuts';
import { troubles } from './troubles';
import { WallTile } from './WallTile';

interface Props {
  box: { current: HTMLElement | null };
  shown: readonly Tile[];
  looks: readonly Look[];
  alarm: WallAlarm;
  hints: boolean;
  /** What the page says elsewhere, where the wall fills the screen. */
  above?: ComponentChildren;
  /** Fills the screen, or leaves it again. */
  onFullScreen(): void;
  /** Opens the wall on another screen; absent where this is that screen. */
  onSecondScreen?(): void;
  onAskAgain(tile: Tile): void;
}

/** The video wall. It grows with what is asked unless a layout was chosen; one tile may be enlarged. */
export function Wall(props: Props) {
  const { box, shown, looks, alarm, hints, above, onFullScreen, onSecondScreen, onAskAgain } = props;
  const [chosen, setChosen] = useState<Layout | null>(null);
  const { large, setLarge, fill } = useLarge(onFullScreen);
  const layout = chosen ?? fitting(shown.length);
  const { page, pages, turn } = usePages(Math.max(1, Math.ceil(shown.length / layout)));
  const first = page * layout;
  const visible = shown.slice(first, first + layout);
  const big = visible.find((tile) => tile.camera === large);
  const hidden = shown.length - visible.length;
  const detailed = (tile: Tile) => big === tile || layout === 1;
  return (
    <section class="panel wallbox" aria-label={t('wall')} ref={box}>
      {above}
      <header>
        <h2>{t('wall')}</h2>
        <Counts looks={looks} />
        {hidden > 0 && <span class="muted">{t('wallHidden', { n: hidden })}</span>}
        {pages > 1 && <Pages page={page} pages={pages} onTurn={turn} />}
        <span class="spacer" />
        <Gaps />
        <Layouts
          current={layout}
          onChoose={(count) => {
            setChosen(count);
            setLarge(null);
          }}
        />
        {onSecondScreen && (
          <button type="button" class="btn sm" title={t('secondScreenWhy')} onClick={onSecondScreen}>
            {t('secondScreen')}
          </button>
        )}
        <button type="button" class="btn sm" onClick={onFullScreen}>
          {t('fullScreen')} {hints && <kbd>F</kbd>}
        </button>
      </header>
      <Failure at="wall" />
      {alarm.ringing.length > 0 && <Ringing alarm={alarm} hints={hints} />}
      <p class="sr" role="status">
        {troubles(shown, looks)}
      </p>
      <p class="sr" role="status">
        {useCountdown(shown)}
      </p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows move between its tiles, which have the focus */}
      <div class="wall" onKeyDown={walk} style={{ ...grid(layout, big !== undefined, visible.length - 1) }}>
        {visible.map((tile, n) => (
          <WallTile
            key={tile.camera}
            tile={tile}
            n={first + n + 1}
            look={looks[first + n] as Look}
            rendition={detailed(tile) ? 'focus' : 'wall'}
            enlarged={big === tile}
            onEnlarge={() => setLarge(big === tile ? null : tile.camera)}
            onFullScreen={() => fill(tile.camera)}
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

/** A picture that stopped rings until somebody says that they know. */
function Ringing({ alarm, hints }: { alarm: WallAlarm; hints: boolean }) {
  const names = alarm.ringing.map(({ camera }) => cameras.value.get(camera)?.name ?? camera);
  return (
    <div class="alarm" role="alert">
      <span aria-hidden="true">♪</span>
      <div>
        <b>{t('unseenRing')}</b> {names.join(', ')}
      </div>
      <span class="spacer" />
      <button type="button" class="btn" onClick={alarm.acknowledge}>
        {t('acknowledge')} {hints && <kbd>{t('space')}</kbd>}
      </button>
    </div>
  );
}

function Layouts({ current, onChoose }: { current: Layout; onChoose(layout: Layout): void }) {
  return (
    <fieldset class="seg" aria-label={t('wallLayout')}>
      {LAYOUTS.map((count) => (
        <button key={count} type="button" aria-pressed={current === count} onClick={() => onChoose(count)}>
          {count}
        </button>
      ))}
    </fieldset>
  );
}

/** An arrow on a tile leads to the tile beside it. */
function walk(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const tiles = [...event.currentTarget.querySelectorAll<HTMLElement>('.tile')];
  const from = tiles.indexOf(event.target as HTMLElement);
  const boxes = tiles.map((tile) => tile.getBoundingClientRect());
  const to = from < 0 ? null : neighbour(boxes, from, event.key);
  if (to === null) return;
  event.preventDefault();
  tiles[to]?.focus();
}

/** The enlarged tile. One that is to fill the screen is enlarged for as long as the wall does. */
function useLarge(onFullScreen: () => void) {
  const [large, setLarge] = useState<string | null>(null);
  const filling = useRef(false);
  useEffect(() => {
    const changed = () => {
      if (document.fullscreenElement !== null || !filling.current) return;
      filling.current = false;
      setLarge(null);
    };
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);
  const fill = (camera: string) => {
    if (document.fullscreenElement === null && large !== camera) {
      filling.current = true;
      setLarge(camera);
    }
    onFullScreen();
  };
  return { large, setLarge, fill };
}

/** Which part of the wall is in view, where more is asked for than it holds. */
function usePages(pages: number) {
  const [wanted, setPage] = useState(0);
  const page = Math.min(wanted, pages - 1);
  const turn = (by: number) => setPage((page + by + pages) % pages);
  useShortcuts((event) => {
    const by = { PageUp: -1, PageDown: 1 }[keyOf(event)];
    if (by === undefined || pages === 1) return false;
    turn(by);
    return true;
  });
  return { page, pages, turn };
}

function Pages({ page, pages, onTurn }: { page: number; pages: number; onTurn(by: number): void }) {
  return (
    <fieldset class="seg" aria-label={t('wallPages')}>
      <button type="button" aria-label={t('wallBefore')} title={t('wallBefore')} onClick={() => onTurn(-1)}>
        ‹
      </button>
      <output class="num">
        {page + 1}/{pages}
      </output>
      <button type="button" aria-label={t('wallAfter')} title={t('wallAfter')} onClick={() => onTurn(1)}>
        ›
      </button>
    </fieldset>
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

/** Whether this page fills the screen. */
export function useFullScreen(box: { current: HTMLElement | null }): boolean {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const changed = () => setFull(box.current !== null && document.fullscreenElement === box.current);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);
  return full;
}

export async function fullScreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else await element?.requestFullscreen();
}
