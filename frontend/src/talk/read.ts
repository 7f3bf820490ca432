/** What somebody at this post has looked at: kept through a reload, forgotten with the message. */
import { signal } from '@preact/signals';
import type { Message } from '../state/room';

const KEPT = 'talk-read';
const kept = (): string[] => {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '[]') as string[];
  } catch {
    return [];
  }
};
export const seen = signal<ReadonlySet<string>>(new Set(kept()));

/** These were looked at; of the others only those that are still `known` are remembered. */
export function look(messages: readonly Message[], known: ReadonlyMap<string, Message>): void {
  if (messages.every(({ id }) => seen.value.has(id))) return;
  const next = new Set([...seen.value].filter((id) => known.has(id)));
  for (const { id } of messages) next.add(id);
  seen.value = next;
  localStorage.setItem(KEPT, JSON.stringify([...next]));
}
