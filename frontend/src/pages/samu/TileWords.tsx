/** What a tile says where its picture is not, or does not deserve to be believed. */
import type { ComponentChildren } from 'preact';
import type { PlayerState } from '../../player/contract';
import { nameOf, room } from '../../state/store';
import { type Tile, wasCut } from '../../state/tiles';
import { second } from '../../state/time';
import { clockTime, type Key, minutes, t, tCode } from '../../words';

type Of<K extends Tile['kind']> = Extract<Tile, { kind: K }>;

export function Waiting({ tile }: { tile: Of<'waiting'> }) {
  const median = room.value?.answerMedianS;
  return (
    <>
      <strong>{t('waitingPolice')}</strong>
      <span class="num">
        {t('askedAgo')} {minutes(second.value - Date.parse(tile.request.created_at))}
        {median != null && ` · ${t('medianAnswer')} ${Math.round(median)}\u00a0s`}
      </span>
    </>
  );
}

export function Suspended({ tile }: { tile: Of<'suspended'> }) {
  return (
    <Says title={t('suspendedAt')} at={tile.since}>
      {tCode('cause_', tile.cause, 'stSuspended')} · {t('suspendedTime')}
    </Says>
  );
}

/** Another person of the room holds the incident now: theirs are the pictures. */
export function Handed({ tile }: { tile: Of<'handed'> }) {
  return (
    <Says title={t('handedAt')} at={tile.at}>
      {t('handedTo', { name: nameOf(tile.to) })}
    </Says>
  );
}

export function Ending({ tile }: { tile: Of<'over' | 'refused' | 'lapsed'> }) {
  switch (tile.kind) {
    case 'over': {
      const who = wasCut(tile.cause) ? nameOf(tile.by) : '';
      return (
        <Says title={t(wasCut(tile.cause) ? 'revokedAt' : 'endedAt')} at={tile.at}>
          {tCode('cause_', tile.cause, 'end_other')}
          {who !== '' && ` · ${who}`}
        </Says>
      );
    }
    case 'refused': {
      const reason = tile.request.refusal;
      return (
        <Says title={t(tile.partly ? 'notGranted' : 'refusedAt')} at={tile.at}>
          {!tile.partly && (reason ? t(`refusal_${reason}` as Key) : t('refusal_hidden'))}
        </Says>
      );
    }
    case 'lapsed':
      return <Says title={t('lapsedTitle')}>{t('lapsedDo')}</Says>;
  }
}

interface SaysProps {
  title: string;
  at?: number;
  children?: ComponentChildren;
}

function Says({ title, at, children }: SaysProps) {
  return (
    <>
      <strong>
        {title} {at !== undefined && <span class="num">{clockTime(at)}</span>}
      </strong>
      <span>{children}</span>
    </>
  );
}

interface LiveMiddleProps {
  player: PlayerState;
  /** When the last picture came, where one did. */
  lastMs?: number | null;
}

/** What is said over a live picture that does not deserve to be believed. */
export function LiveMiddle({ player, lastMs = null }: LiveMiddleProps) {
  const words = liveWords(player);
  if (words === null) return null;
  return (
    <div class={`mid ${player.kind === 'stale' ? 'loud' : ''}`}>
      <strong>{words.title}</strong>
      <span>{words.text}</span>
      {lastMs !== null && (player.kind === 'fault' || player.kind === 'reconnecting') && (
        <span class="num">
          {t('staleSince')} {clockTime(lastMs)}
        </span>
      )}
    </div>
  );
}

function liveWords(player: PlayerState): { title: string; text: string } | null {
  switch (player.kind) {
    case 'live':
      return null;
    case 'stale':
      return {
        title: `${t('staleTitle')} · ${Math.round(player.ageMs / 1000)} s`,
        text:
          player.level === 'hidden'
            ? t('staleHidden')
            : `${t('staleSince')} ${clockTime(player.captureMs)} — ${t('staleDont')}`,
      };
    case 'fault':
      return { title: t('faultTitle'), text: t(`fault_${player.cause}`) };
    case 'paused':
      return { title: t('pausedTitle'), text: t('pausedWhy') };
    case 'reconnecting':
      return { title: t('reconnecting'), text: '' };
    case 'connecting':
      return { title: t('opening'), text: '' };
    case 'unsupported':
      return { title: t('unsupportedTitle'), text: t(`unsupported_${player.why}`) };
    case 'ended': {
      const fallback: Key = player.reason === 'sign_in' ? 'end_sign_in' : 'end_other';
      return { title: t('stEnded'), text: tCode('cause_', player.reason, fallback) };
    }
  }
}
