import { useEffect, useState } from 'preact/hooks';
import { ExerciseMark } from '../../app/Exercise';
import { St } from '../../app/St';
import type { PlayerState, Rendition, Served } from '../../player/contract';
import { LiveCanvas } from '../../player/LiveCanvas';
import { distanceWords } from '../../state/distance';
import { gapOf, gaps } from '../../state/gaps';
import { playerGone, playerKey, playerSaid } from '../../state/players';
import { cameras, room } from '../../state/store';
import { EXPIRING_MS, incidentOf, type Tile } from '../../state/tiles';
import { second } from '../../state/time';
import { minutes, seconds1, t, times1 } from '../../words';
import { prolong, release } from './acts';
import * as form from './form';
import { type Look, look as lookOf } from './look';
import { Middle } from './Middle';
import { keyOf, modified, shortcuts } from './shortcuts';
import { LiveMiddle } from './TileWords';
import { Zoomable } from './Zoomable';
import { keyed, WHOLE, type Zoom } from './zoom';

const BIG_MS = 30_000;
const QUALITY: Readonly<Record<Served, number>> = { focus: 3, focus_low: 2, wall: 1, wall_low: 0 };
type Live = Extract<Tile, { kind: 'live' }>;

interface Props {
  tile: Tile;
  n: number;
  look: Look;
  rendition: Rendition;
  enlarged: boolean;
  onEnlarge(): void;
  onFullScreen(): void;
  onAskAgain(tile: Tile): void;
}

/** One camera of the wall, in every state it can have. With the focus on it, all that it offers has a key. */
export function WallTile(props: Props) {
  const { tile, n, rendition, enlarged, onEnlarge, onAskAgain } = props;
  const camera = cameras.value.get(tile.camera);
  const incident = room.value?.incidents.get(incidentOf(tile));
  const name = camera?.name ?? tile.camera;
  const [said, setSaid] = useState<{ grant: string; state: PlayerState } | null>(null);
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const live = tile.kind === 'live';
  const grant = live ? tile.grant.id : null;
  const player = said !== null && said.grant === grant ? said.state : null;
  // At once: what the rest of the page is told comes a moment later (`state/players.ts`).
  const look = player === null ? props.look : lookOf(tile, player, second.value);
  useEffect(() => setZoom(WHOLE), [live]);
  const seen = live && player?.kind === 'live' ? player : null;
  const runs = look.kind === 'live' || look.kind === 'exp';
  const delay = runs && seen !== null ? ` ${seconds1(seen.delayMs)}` : '';
  const lastMs = live ? (gapOf(gaps.value, playerKey(tile.grant.id, tile.camera))?.lastMs ?? null) : null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws its own frame and belongs into a form
    <div
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys act when it has the focus
      tabIndex={0}
      class={`tile ${look.kind} ${enlarged ? 'large' : ''}`}
      aria-label={`${n} · ${name}, ${t(look.word)}`}
      data-camera={tile.camera}
      onFocus={() => {
        form.looked.value = tile.camera;
      }}
      onDblClick={onEnlarge}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || modified(event)) return;
        if (!tileKey(event, props, live ? zoom : null, setZoom)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {live ? (
        <Zoomable zoom={zoom} onZoom={setZoom}>
          <Picture
            tile={tile}
            rendition={rendition}
            label={name}
            onState={(state) => setSaid({ grant: tile.grant.id, state })}
          />
        </Zoomable>
      ) : (
        <Middle tile={tile} onAskAgain={() => onAskAgain(tile)} />
      )}
      {live && player !== null && <LiveMiddle player={player} lastMs={lastMs} />}
      <div class="cap">
        <span class="n num">{n}</span>
        <ExerciseMark of={incident} />
        <span class="nm" title={name}>
          {name}{' '}
          {camera && incident && (
            <small class="num">
              {distanceWords(camera, incident)}
              {incident.crisis !== null && ` · ${t('incident').toLowerCase()} ${incident.number}`}
            </small>
          )}
        </span>
        {zoom.scale > 1 && (
          <button type="button" class="btn sm num" title={t('zoomOut')} onClick={() => setZoom(WHOLE)}>
            {times1(zoom.scale)}
          </button>
        )}
        {seen?.served != null && QUALITY[seen.served] < QUALITY[rendition] && (
          <span class="less" title={t('qualityLessWhy')}>
            {t('qualityLess')}
          </span>
        )}
        <St kind={look.kind}>
          <span class="num">
            <span class="word">{t(look.word)}</span>
            {delay}
          </span>
        </St>
        <button
          type="button"
          class="btn sm icon"
          aria-pressed={enlarged}
          aria-label={t(enlarged ? 'reduce' : 'enlarge')}
          title={t(enlarged ? 'reduce' : 'enlarge')}
          onClick={onEnlarge}
        >
          {enlarged ? '⤡' : '⤢'}
        </button>
      </div>
      {live && <Bar tile={tile} />}
    </div>
  );
}

/** True when the key was the tile's. `zoom`: of its picture; null when it has none. */
function tileKey(
  event: KeyboardEvent,
  { tile, enlarged, onEnlarge, onFullScreen, onAskAgain }: Props,
  zoom: Zoom | null,
  setZoom: (zoom: Zoom) => void,
): boolean {
  const key = keyOf(event);
  // The very sign first: on AZERTY the minus stands on the 6.
  const next = zoom === null ? null : (keyed(zoom, event.key) ?? keyed(zoom, key));
  if (next !== null) setZoom(next);
  else if (key === 'Enter' || (key === 'Escape' && enlarged)) onEnlarge();
  else if (!shortcuts.value || event.repeat || event.shiftKey) return false;
  else if (key === 'f') onFullScreen();
  else if (key === 'p' && tile.kind === 'live') void prolong(tile.grant);
  else if (key === 'l' && (tile.kind === 'live' || tile.kind === 'suspended'))
    void release(tile.grant.id, [tile.camera]);
  else if (key === 'r' && (tile.kind === 'over' || tile.kind === 'refused' || tile.kind === 'lapsed'))
    onAskAgain(tile);
  else return false;
  return true;
}

interface PictureProps {
  tile: Live;
  rendition: Rendition;
  label: string;
  onState(state: PlayerState): void;
}

function Picture({ tile, rendition, label, onState }: PictureProps) {
  const key = playerKey(tile.grant.id, tile.camera);
  useEffect(() => () => playerGone(key), [key]);
  return (
    <LiveCanvas
      key={key}
      grant={tile.grant.id}
      camera={tile.camera}
      rendition={rendition}
      label={label}
      onState={(state) => {
        onState(state);
        playerSaid(key, tile.camera, state);
      }}
    />
  );
}

/** Time left and, near its end, the button for more of it. */
function Bar({ tile }: { tile: Live }) {
  const left = tile.endsAt - second.value;
  const whole = tile.endsAt - Date.parse(tile.grant.starts_at);
  const asked = tile.extension;
  const waits = asked?.state === 'requested';
  const turnedDown = asked?.state === 'lapsed' ? 'prolong_lapsed' : 'prolong_refused';
  return (
    <div class={`bar ${left < EXPIRING_MS ? 'exp' : ''}`}>
      <span class={`left num ${left < BIG_MS ? 'big' : ''}`}>
        <small>{t('remaining')}</small> {minutes(left)}
      </span>
      <progress value={Math.max(0, left)} max={Math.max(1, whole)} aria-label={t('remaining')} />
      {asked !== null && <St kind={waits ? 'wait' : 'off'}>{t(waits ? 'prolonging' : turnedDown)}</St>}
      {left < EXPIRING_MS && !waits && (
        <button type="button" class="btn sm" onClick={() => void prolong(tile.grant)}>
          {t('prolong')} {form.durationMin.value} min {shortcuts.value && <kbd>P</kbd>}
        </button>
      )}
      {left >= EXPIRING_MS && (
        <button
          type="button"
          class="btn sm quiet"
          title={t('releaseOne')}
          onClick={() => void release(tile.grant.id, [tile.camera])}
        >
          {t('release')}
        </button>
      )}
    </div>
  );
}
