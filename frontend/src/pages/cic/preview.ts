/** A preview of what a request asks for: which camera comes next, and how it stands. Pure but for `see`. */
import { api, body, Refused, type Schemas } from '../../api/client';
import type { PlayerState } from '../../player/contract';
import type { Preview } from '../../state/room';
import { t } from '../../words';

/** What was pressed for; each press is another one. */
export interface Asked {
  camera: string;
}

export type Seen =
  | { kind: 'opening' }
  | { kind: 'refused'; words: string }
  | { kind: 'open'; preview: Preview; ticket: Schemas['Ticket']; player: PlayerState | null }
  | { kind: 'over'; reason: string };

/** The camera after `at` among those that would be given, or among all where none would. */
export function following(
  cameras: readonly string[],
  kept: ReadonlySet<string>,
  at: string | null,
): string | undefined {
  const given = cameras.filter((camera) => kept.has(camera));
  const choice = given.length > 0 ? given : cameras;
  return choice[(choice.indexOf(at ?? '') + 1) % choice.length];
}

/** What the player said, or how late it is, to a preview that is open. */
export function told(seen: Seen, player: PlayerState): Seen {
  if (seen.kind !== 'open') return seen;
  return player.kind === 'ended' ? { kind: 'over', reason: player.reason } : { ...seen, player };
}

/** Milliseconds that are left by the server's clock. */
export const leftMs = (preview: Preview, nowMs: number): number => Date.parse(preview.ends_at) - nowMs;

/** Over at its own end, whatever else was heard. */
export const ticked = (seen: Seen, nowMs: number): Seen =>
  seen.kind === 'open' && leftMs(seen.preview, nowMs) <= 0 ? { kind: 'over', reason: 'expired' } : seen;

/** Open a new one; a refusal in the service's words. */
export async function see(request: string, camera: string): Promise<Seen> {
  try {
    const opened = await body(
      api.POST('/api/requests/{request}/previews', { params: { path: { request } }, body: { camera } }),
    );
    return { kind: 'open', ...opened, player: null };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refused', words: error.problem === null ? t('serviceDown') : error.message };
  }
}
