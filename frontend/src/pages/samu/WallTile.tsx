import { useEffect, useState } from 'preact/hooks';
import { St } from '../../app/St';
import type { PlayerState, Rendition } from '../../player/contract';
import { LiveCanvas } from '../../player/LiveCanvas';
import { distanceWords } from '../../state/distance';
import { playerGone, playerKey, playerSaid } from '../../state/players';
import { cameras } from '../../state/store';
import { EXPIRING_MS, type Tile } from '../../state/tiles';
import { now } from '../../state/time';
import { minutes, seconds1, t } from '../../words';
import { prolong } from './acts';
import * as form from './form';
import type { Look } from './look';
import { LiveMiddle, Middle } from './Middle';

const BIG_MS = 30_000;
type Live = Extract<Tile, { kind: 'live' }>;

interface Props {
  tile: Tile;
  n: number;
  look: Look;
  place: { lat: number; lon: number } | null;
  rendition: Rendition;
  enlarged: boolean;
  onEnlarge(): void;
  onAskAgain(camera: string): void;
}

/** One camera of the wall, in every state it can have. */
export function WallTile({ tile, n, look, place, rendition, enlarged, onEnlarge, onAskAgain }: Props) {
  const camera = cameras.value.get(tile.camera);
  const name = camera?.name ?? tile.camera;
  const [delayMs, setDelayMs] = useState<number | null>(null);
  const delay = look.kind === 'live' && delayMs !== null ? ` ${seconds1(delayMs)}` : '';
  return (
    <article class={`tile ${look.kind} ${enlarged ? 'large' : ''}`} aria-label={`${n} · ${name}`}>
      {tile.kind === 'live' ? (
        <Picture tile={tile} rendition={rendition} label={name} onDelay={setDelayMs} />
      ) : (
        <Middle tile={tile} onAskAgain={onAskAgain} />
      )}
      <div class="cap">
        <span class="n num">{n}</span>
        <span class="nm" title={name}>
          {name} {camera && place && <small class="num">{distanceWords(camera, place)}</small>}
        </span>
        <St kind={look.kind}>
          <span class="num">{`${t(look.word)}${delay}`}</span>
        </St>
        <button
          type="button"
          class="btn sm icon"
          aria-pressed={enlarged}
          aria-label={t(enlarged ? 'reduce' : 'enlarge')}
          onClick={onEnlarge}
        >
          {enlarged ? '⤡' : '⤢'}
        </button>
      </div>
      {tile.kind === 'live' && <Bar tile={tile} />}
    </article>
  );
}

interface PictureProps {
  tile: Live;
  rendition: Rendition;
  label: string;
  onDelay(ms: number | null): void;
}

function Picture({ tile, rendition, label, onDelay }: PictureProps) {
  const [player, setPlayer] = useState<PlayerState | null>(null);
  const key = playerKey(tile.grant.id, tile.camera);
  useEffect(() => () => playerGone(key), [key]);
  return (
    <>
      <LiveCanvas
        key={key}
        grant={tile.grant.id}
        camera={tile.camera}
        rendition={rendition}
        label={label}
        onState={(state) => {
          setPlayer(state);
          playerSaid(key, state);
          onDelay(state.kind === 'live' ? state.delayMs : null);
        }}
      />
      {player !== null && <LiveMiddle player={player} />}
    </>
  );
}

/** Time left and, near its end, the button for more of it. */
function Bar({ tile }: { tile: Live }) {
  const left = tile.endsAt - now.value;
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
          {t('prolong')} {form.durationMin.value} min
        </button>
      )}
    </div>
  );
}
