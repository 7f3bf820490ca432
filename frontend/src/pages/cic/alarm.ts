/** Which requests ring at this post. Pure: a request rings anew at each escalation until acknowledged again. */
import type { Request } from '../../state/room';

/** What this post is: it rings at once, when nobody answered, or when it is the supervisor's turn. */
export type Post = 'first' | 'second' | 'oncall';
export const POSTS: readonly Post[] = ['first', 'second', 'oncall'];
const RINGS_FROM: Record<Post, number> = { first: 0, second: 1, oncall: 2 };

/** What was acknowledged: this request, as far as it had gone. */
export const heard = (request: Request, levels: ReadonlyMap<string, number>): string =>
  `${request.id}:${levels.get(request.id) ?? 0}`;

export function unheard(
  waiting: readonly Request[],
  levels: ReadonlyMap<string, number>,
  acknowledged: ReadonlySet<string>,
  post: Post,
): Request[] {
  return waiting.filter(
    (request) =>
      (levels.get(request.id) ?? 0) >= RINGS_FROM[post] && !acknowledged.has(heard(request, levels)),
  );
}

/** When a request nobody answers calls the next post, ms; null: there is no further one. */
export function nextCallAt(request: Request, level: number, escalationS: readonly number[]): number | null {
  const age = escalationS[level];
  const at = Date.parse(request.created_at) + (age ?? 0) * 1000;
  return age === undefined || at >= Date.parse(request.lapses_at) ? null : at;
}
