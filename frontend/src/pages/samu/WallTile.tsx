import { useState } from 'preact/hooks';
import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import { St, type StKind } from '../../app/St';
import type { PlayerState, Rendition } from '../../player/contract';
import { LiveCanvas } from '../../player/LiveCanvas';
import { cameras, nameOf, room } from '../../state/store';
import { EXPIRING_MS, type Tile } from '../../state/tiles';
import { now } from '../../state/time';
import { clockTime, type Key, minutes, seconds1, t, tCode } from '../../words';
import { tileState } from './tileState';

interface Props {
  tile: Tile;
  n: number;
  rendition: Rendition;
  enlarged: boolean;
  onEnlarge(): void;
  onAskAgain(camera: string): void;
  prolongMin: number;
}

/** One camera of the wall, in every state it can have. */
export function WallTile(props: Props) {
  const { tile, n, enlarged, onEnlarge } = props;
  const [player, setPlayer] = useState<PlayerState | null>(null);
  const camera = cameras.value.get(tile.camera);
  const look = tile.kind === 'live' ? liveLook(tile, player) : otherLook(tile);
  return (
    <article class={`tile ${look.kind}`} aria-label={`${n} · ${camera?.name ?? tile.camera}`}>
      {tile.kind === 'live' && (
        <LiveCanvas
          key={`${tile.grant.id}-${tile.camera}`}
          grant={tile.grant.id}
          camera={tile.camera}
          rendition={props.rendition}
          label={camera?.name ?? tile.camera}
          onState={setPlayer}
        />
      )}
      <div class="cap">
        <span class="n num">{n}</span>
        <span class="nm">{camera?.name}</span>
        <St kind={look.kind}>{look.words()}</St>
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
      <Middle {...props} player={player} />
      {tile.kind === 'live' && <Bar tile={tile} prolongMin={props.prolongMin} />}
    </article>
  );
}

interface Look {
  kind: StKind;
  words(): string;
}

function otherLook(tile: Tile): Look {
  const { kind, word } = tileState(tile);
  return { kind, words: () => t(word) };
}

export function liveLook(tile: Extract<Tile, { kind: 'live' }>, player: PlayerState | null): Look {
  switch (player?.kind) {
    case 'live':
      if (tile.endsAt - now.value < EXPIRING_MS) return { kind: 'exp', words: () => t('stExpiring') };
      if (player.suspect !== null)
        return { kind: 'stale', words: () => t(`suspect_${player.suspect}` as Key) };
      return { kind: 'live', words: () => `${t('stLive')} ${seconds1(player.delayMs)}` };
    case 'stale':
      return { kind: 'stale', words: () => t('stStale') };
    case 'fault':
      return { kind: 'stale', words: () => t('stFault') };
    case 'paused':
      return { kind: 'idle', words: () => t('stPaused') };
    case 'ended':
      return { kind: 'off', words: () => t('stEnded') };
    case 'unsupported':
      return { kind: 'off', words: () => t('stFault') };
    default:
      return { kind: 'wait', words: () => t('stConnecting') };
  }
}

function Middle({ tile, player, onAskAgain }: Props & { player: PlayerState | null }) {
  switch (tile.kind) {
    case 'waiting':
      return <Waiting tile={tile} />;
    case 'live':
      return player === null ? null : <LiveMiddle player={player} />;
    case 'over': {
      const revoked =
        tile.cause === 'revoked' || tile.cause === 'preempted' || tile.cause === 'sharing_stopped';
      const who = nameOf(tile.by);
      return (
        <div class="mid">
          <strong>
            {t(revoked ? 'revokedAt' : 'endedAt')} <span class="num">{clockTime(tile.at)}</span>
          </strong>
          <span>
            {tCode('cause_', tile.cause, 'end_other')}
            {revoked && who !== '' && ` · ${who}`}
          </span>
          <AskAgain onClick={() => onAskAgain(tile.camera)} />
        </div>
      );
    }
    case 'refused':
      return (
        <div class="mid">
          <strong>
            {tile.partly ? t('notGranted') : t('refusedAt')} <span class="num">{clockTime(tile.at)}</span>
          </strong>
          <span>
            {!tile.partly &&
              (tile.request.refusal ? t(`refusal_${tile.request.refusal}` as Key) : t('refusal_hidden'))}
          </span>
          <AskAgain onClick={() => onAskAgain(tile.camera)} />
        </div>
      );
    case 'lapsed':
      return (
        <div class="mid">
          <strong>{t('lapsedTitle')}</strong>
          <span>{t('lapsedDo')}</span>
          <AskAgain onClick={() => onAskAgain(tile.camera)} />
        </div>
      );
  }
}

function AskAgain({ onClick }: { onClick(): void }) {
  return (
    <button type="button" class="btn sm" onClick={onClick}>
      {t('askAgain')}
    </button>
  );
}

function Waiting({ tile }: { tile: Extract<Tile, { kind: 'waiting' }> }) {
  const median = room.value?.answerMedianS;
  const path = { request: tile.request.id };
  return (
    <div class="mid">
      <strong>{t('waitingPolice')}</strong>
      <span class="num">
        {t('askedAgo')} {minutes(now.value - Date.parse(tile.request.created_at))}
        {median != null && ` · ${t('medianAnswer')} ${Math.round(median)} s`}
      </span>
      <button
        type="button"
        class="btn sm"
        onClick={() =>
          void attempt(() => body(api.POST('/api/requests/{request}/withdraw', { params: { path } })))
        }
      >
        {t('cancelRequest')}
      </button>
    </div>
  );
}

function LiveMiddle({ player }: { player: PlayerState }) {
  switch (player.kind) {
    case 'stale':
      return (
        <div class="mid loud">
          <strong>
            {t('staleTitle')} · <span class="num">{Math.round(player.ageMs / 1000)} s</span>
          </strong>
          <span>
            {player.level === 'hidden'
              ? t('staleHidden')
              : `${t('staleSince')} ${clockTime(player.captureMs)} — ${t('staleDont')}`}
          </span>
        </div>
      );
    case 'fault':
      return <Says title={t('faultTitle')} text={t(`fault_${player.cause}`)} />;
    case 'paused':
      return <Says title={t('pausedTitle')} text={t('pausedWhy')} />;
    case 'reconnecting':
      return <Says title={t('reconnecting')} text="" />;
    case 'connecting':
      return <Says title={t('opening')} text="" />;
    case 'unsupported':
      return <Says title="" text={t(`unsupported_${player.why}`)} />;
    case 'ended':
      return (
        <Says
          title={t('stEnded')}
          text={tCode('cause_', player.reason, player.reason === 'sign_in' ? 'end_sign_in' : 'end_other')}
        />
      );
    case 'live':
      return null;
  }
}

function Says({ title, text }: { title: string; text: string }) {
  return (
    <div class="mid">
      <strong>{title}</strong>
      <span>{text}</span>
    </div>
  );
}

function Bar({ tile, prolongMin }: { tile: Extract<Tile, { kind: 'live' }>; prolongMin: number }) {
  const left = tile.endsAt - now.value;
  const whole = tile.endsAt - Date.parse(tile.grant.starts_at);
  const expiring = left < EXPIRING_MS;
  const prolong = () =>
    attempt(() =>
      body(
        api.POST('/api/requests', {
          body: {
            incident: tile.grant.incident,
            cameras: tile.grant.views.filter((v) => v.ended_at === null).map((v) => v.camera),
            duration_s: prolongMin * 60,
            intent: 'victim_estimate',
            purpose: 'rescue',
            extends: tile.grant.id,
          },
        }),
      ),
    );
  return (
    <div class="bar">
      <span class="left num">
        <small>{t('remaining')}</small> {minutes(left)}
      </span>
      <progress value={Math.max(0, left)} max={Math.max(1, whole)} aria-label={t('remaining')} />
      {expiring && tile.extension === null && (
        <button type="button" class="btn sm" onClick={() => void prolong()}>
          {t('prolong')} {prolongMin} min
        </button>
      )}
      {tile.extension !== null && <St kind="wait">{t('prolonging')}</St>}
    </div>
  );
}
