import { describe, expect, it } from 'vitest';
import { answered, applied, fromSnapshot, type Grant, type LiveEvent, type Message } from '../state/room';
import { quiet } from '../state/room.sample';
import {
  conversation,
  first,
  heard,
  length,
  steered,
  talking,
  unread,
  wishes,
  wordsOf,
} from './conversation';

const SAMU = 'org_samu';
const CITY = 'org_city';
const ROOM = fromSnapshot(quiet());

function message(id: string, more: Partial<Message> = {}): Message {
  return {
    id,
    grant: 'gr_1',
    camera: null,
    author: 'per_omar',
    organisation: CITY,
    kind: 'text',
    template: null,
    text: 'Je regarde',
    salt: 's',
    sent_at: `2026-11-23T09:00:0${id.slice(-1)}Z`,
    answer: null,
    obstacle: null,
    answered_by: null,
    answered_at: null,
    version: 1,
    ...more,
  };
}

const event = (id: number, told: Message, kind = 'message.sent') =>
  ({ type: 'event', id, at: told.sent_at, kind, actor: told.author, message: told }) as LiveEvent;

function grant(id: string, more: Partial<Grant> = {}): Grant {
  const view = (camera: string) => ({ camera, ended_at: null });
  return {
    id,
    beneficiary: SAMU,
    owner: CITY,
    state: 'active',
    starts_at: `2026-11-23T08:0${id.slice(-1)}:00Z`,
    views: [view('cam_1'), view('cam_2')],
    ...more,
  } as Grant;
}

describe('a conversation', () => {
  it('shows each message once, in order, however often and in whatever order it is told', () => {
    const wish = message('msg_2', { kind: 'wish', organisation: SAMU });
    const done = { ...wish, answer: 'done' as const, version: 2 };
    let room = answered(ROOM, { message: wish });
    room = applied(room, event(11, message('msg_1')));
    room = applied(room, event(11, message('msg_1')));
    room = applied(room, event(12, done, 'message.answered'));
    room = answered(room, { message: wish });
    expect(conversation(room, 'gr_1').map(({ id, answer }) => [id, answer])).toEqual([
      ['msg_1', null],
      ['msg_2', 'done'],
    ]);
    expect(conversation(room, 'gr_2')).toEqual([]);
  });

  it('counts as unread what the other room said and nobody here looked at', () => {
    const all = [message('msg_1'), message('msg_2'), message('msg_3', { organisation: SAMU })];
    expect(unread(all, SAMU, new Set(['msg_1'])).map(({ id }) => id)).toEqual(['msg_2']);
    expect(unread(all, CITY, new Set()).map(({ id }) => id)).toEqual(['msg_3']);
  });

  it('knows the wishes that wait', () => {
    const waiting = message('msg_1', { kind: 'wish' });
    expect(wishes([waiting, message('msg_2', { kind: 'wish', answer: 'cannot' }), message('msg_3')])).toEqual(
      [waiting],
    );
  });

  it('opens where something waits, else with the newest grant that lives', () => {
    const room = { ...ROOM, grants: new Map([grant('gr_1'), grant('gr_2')].map((one) => [one.id, one])) };
    const grants = talking(room, SAMU);
    expect(grants.map(({ id }) => id)).toEqual(['gr_2', 'gr_1']);
    expect(first(grants, [])?.id).toBe('gr_2');
    expect(first(grants, [message('msg_1', { grant: 'gr_1' })])?.id).toBe('gr_1');
    expect(first([], [])).toBeNull();
    expect(talking(room, 'org_other')).toEqual([]);
  });

  it('sounds for what the other room says and answers, never for one’s own words', () => {
    const wish = message('msg_2', { kind: 'wish', organisation: SAMU });
    let room = applied(ROOM, event(11, message('msg_1')));
    room = applied(room, event(12, wish));
    room = applied(room, event(13, { ...wish, answer: 'done', version: 2 }, 'message.answered'));
    expect(heard(room, SAMU, 10).map(({ id }) => id)).toEqual(['msg_1', 'msg_2']);
    expect(heard(room, SAMU, 11).map(({ answer }) => answer)).toEqual(['done']);
    expect(heard(room, SAMU, 13)).toEqual([]);
    expect(heard(room, CITY, 10).map(({ id }) => id)).toEqual(['msg_2']);
  });
});

describe('a wish', () => {
  const cameras = (...mountings: ('fixed' | 'ptz')[]) =>
    new Map(mountings.map((mounting, n) => [`cam_${n + 1}`, { id: `cam_${n + 1}`, mounting }]));

  it('is about the chosen camera, or the only one that can be moved', () => {
    expect(steered(grant('gr_1'), 'cam_2', cameras('ptz', 'ptz'))).toBe('cam_2');
    expect(steered(grant('gr_1'), null, cameras('fixed', 'ptz'))).toBe('cam_2');
    expect(steered(grant('gr_1'), null, cameras('ptz', 'ptz'))).toBeNull();
    expect(steered(grant('gr_1'), 'cam_1', cameras('fixed', 'ptz'))).toBeNull();
  });
});

describe('words', () => {
  const templates = [
    { code: 'north', side: 'hospital' as const, kind: 'wish' as const, fr: 'Vers le nord', en: 'North' },
  ];

  it('that are ready are read in one’s own language, others as they were written', () => {
    const north = message('msg_1', { template: 'north', text: 'Vers le nord' });
    expect(wordsOf(north, templates, 'en')).toBe('North');
    expect(wordsOf(message('msg_1', { template: 'old' }), templates, 'en')).toBe('Je regarde');
    expect(wordsOf({ ...north, text: null }, templates, 'en')).toBeNull();
  });

  it('are counted as people count', () => {
    expect([length('été'), length('e\u0301te\u0301'), length('👩‍🚒')]).toEqual([3, 3, 1]);
  });
});
