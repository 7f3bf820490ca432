/** What the rooms say to each other, as values: whose turn, what is unread, what may be sent. Pure. */
import type { Schemas } from '../api/client';
import type { Grant, Message, RoomState } from '../state/room';
import { liveGrants } from '../state/room';

export type Template = Schemas['TemplateView'];
export type Side = Schemas['Side'];
type Camera = Pick<Schemas['CameraView'], 'id' | 'mounting'>;

/** What was said under a grant, in the order it was said. */
export const conversation = (room: RoomState, grant: string): Message[] =>
  [...room.messages.values()]
    .filter((message) => message.grant === grant)
    .sort((a, b) => Date.parse(a.sent_at) - Date.parse(b.sent_at) || (a.id < b.id ? -1 : 1));

/** The other room's messages that nobody here has looked at yet. */
export const unread = (messages: Iterable<Message>, own: string, seen: ReadonlySet<string>): Message[] =>
  [...messages].filter((message) => message.organisation !== own && !seen.has(message.id));

/** Wishes nobody answered, oldest first. */
export const wishes = (messages: readonly Message[]): Message[] =>
  messages.filter((message) => message.kind === 'wish' && message.answer === null);

/** The live grants in which this room may talk, the newest first. */
export const talking = (room: RoomState, own: string): Grant[] =>
  liveGrants(room)
    .filter((grant) => grant.beneficiary === own || grant.owner === own)
    .sort((a, b) => Date.parse(b.starts_at) - Date.parse(a.starts_at));

/** Which conversation is shown when none was chosen: one with something unread, else the newest. */
export function first(grants: readonly Grant[], waiting: readonly Message[]): Grant | null {
  const asked = new Set(waiting.map((message) => message.grant));
  return grants.findLast((grant) => asked.has(grant.id)) ?? grants[0] ?? null;
}

/** Cameras of the grant that are still seen, in its order. */
export const openCameras = (grant: Grant): string[] =>
  grant.views.filter((view) => view.ended_at === null).map((view) => view.camera);

/** The camera a wish is about: the chosen one if it can be moved, or the only one that can. Null: none is. */
export function steered(
  grant: Grant,
  chosen: string | null,
  cameras: ReadonlyMap<string, Camera>,
): string | null {
  const movable = openCameras(grant).filter((id) => cameras.get(id)?.mounting === 'ptz');
  if (chosen !== null) return movable.includes(chosen) ? chosen : null;
  return movable.length === 1 ? (movable[0] ?? null) : null;
}

const NEWS: ReadonlySet<string> = new Set(['message.sent', 'message.answered']);

/** What another room said since register entry `after`, newest last: its words are said aloud, once. */
export const heard = (room: RoomState, own: string, after: number): Message[] =>
  room.recent
    .filter(({ id, event }) => id > after && NEWS.has(event.kind) && foreign(event.kind, event.message, own))
    .map(({ event }) => event.message as Message)
    .reverse();

function foreign(kind: string, message: Message | null | undefined, own: string): boolean {
  if (!message) return false;
  const mine = message.organisation === own;
  return kind === 'message.sent' ? !mine : mine;
}

/** Which ready words this side has; the other side's are there to be read. */
export const ready = (templates: readonly Template[], side: Side): Template[] =>
  templates.filter((template) => template.side === side);

/** The words of a message for a reader of this language; null: they are gone. */
export function wordsOf(
  message: Message,
  templates: readonly Template[],
  language: 'fr' | 'en',
): string | null {
  const template = templates.find(({ code }) => code === message.template);
  return message.text !== null && template !== undefined ? template[language] : message.text;
}

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** How long a text is, as people count: what looks like one character is one. */
export const length = (text: string): number => [...characters.segment(text.normalize('NFC'))].length;
