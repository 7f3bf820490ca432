import { describe, expect, it } from 'vitest';
import {
  applied,
  decidedElsewhere,
  fromSnapshot,
  type Grant,
  type LiveEvent,
  queue,
  type Request,
  upTo,
} from './room';
import { quiet } from './room.sample';
import { tiles } from './tiles';

const request = (id: string, more: Partial<Request> = {}): Request => ({
  id,
  incident: 'inc_1',
  beneficiary: 'org_a',
  owner: 'org_b',
  requester: 'per_1',
  cameras: ['cam_1', 'cam_2'],
  duration_s: 600,
  intent: 'access_route',
  purpose: 'rescue',
  extends: null,
  exercise: false,
  state: 'requested',
  created_at: '2026-11-23T09:00:00Z',
  lapses_at: '2026-11-23T09:10:00Z',
  decided_at: null,
  decided_by: null,
  refusal: null,
  grant: null,
  version: 1,
  ...more,
});
const view: Grant['views'][number] = {
  camera: 'cam_1',
  suspended_at: null,
  suspension: null,
  ended_at: null,
  cause: null,
  ended_by: null,
};
const grant = (more: Partial<Grant> = {}): Grant => ({
  id: 'gr_1',
  ref: 'ABCDE',
  request: 'req_1',
  incident: 'inc_1',
  beneficiary: 'org_a',
  owner: 'org_b',
  requester: 'per_1',
  approver: 'per_2',
  views: [view],
  state: 'active',
  starts_at: '2026-11-23T09:01:00Z',
  ends_at: '2026-11-23T09:11:00Z',
  ended_at: null,
  cause: null,
  ended_by: null,
  exercise: false,
  version: 1,
  ...more,
});
const event = (id: number, kind: string, more: Partial<LiveEvent> = {}): LiveEvent => ({
  type: 'event',
  id,
  at: '2026-11-23T09:00:00Z',
  kind,
  actor: null,
  camera: null,
  cameras: [],
  incident: null,
  request: null,
  grant: null,
  viewing: null,
  sharing: null,
  person: null,
  ...more,
});
const empty = fromSnapshot(quiet());
const nine = Date.parse('2026-11-23T09:00:00Z');

describe('the room', () => {
  it('applies an event once, and never an older one', () => {
    const once = applied(empty, event(11, 'request.submitted', { request: request('req_1') }));
    expect(once.requests.size).toBe(1);
    expect(applied(once, event(11, 'request.submitted', { request: request('req_2') }))).toBe(once);
    expect(applied(once, event(3, 'request.submitted', { request: request('req_3') }))).toBe(once);
  });

  it('does not go back to an older version of a thing', () => {
    const newer = applied(
      empty,
      event(11, 'x', { request: request('req_1', { version: 2, state: 'approved' }) }),
    );
    const late = applied(newer, event(12, 'x', { request: request('req_1', { version: 1 }) }));
    expect(late.requests.get('req_1')?.state).toBe('approved');
  });

  it('stands where the server says all was told, and never goes back', () => {
    expect(upTo(empty, 14).asOf).toBe(14);
    expect(upTo(empty, 3)).toBe(empty);
    expect(applied(upTo(empty, 14), event(14, 'x', { request: request('req_1') })).requests.size).toBe(0);
  });

  it('knows how long the city takes to answer', () => {
    const decided = (id: string, at: string) =>
      request(id, { state: 'refused', decided_at: `2026-11-23T09:00:${at}Z` });
    let room = applied(empty, event(11, 'x', { request: decided('req_a', '10') }));
    room = applied(room, event(12, 'x', { request: decided('req_b', '20') }));
    room = applied(room, event(13, 'x', { request: request('req_c') }));
    expect(room.answerMedianS).toBe(15);
  });

  it('queues what waits, oldest first', () => {
    let room = empty;
    room = applied(
      room,
      event(11, 'x', { request: request('req_b', { created_at: '2026-11-23T09:02:00Z' }) }),
    );
    room = applied(room, event(12, 'x', { request: request('req_a') }));
    room = applied(room, event(13, 'x', { request: request('req_c', { state: 'lapsed' }) }));
    expect(queue(room).map((r) => r.id)).toEqual(['req_a', 'req_b']);
  });

  it('forgets a viewing that ended and knows which cameras fail', () => {
    const viewing = {
      id: 'vw_1',
      grant: 'gr_1',
      camera: 'cam_1',
      person: 'per_1',
      rendition: 'wall',
      started_at: '2026-11-23T09:00:00Z',
      ended_at: null,
      frames: 0,
      cause: null,
    };
    let room = applied(empty, event(11, 'viewing.started', { viewing }));
    expect(room.viewings.size).toBe(1);
    room = applied(
      room,
      event(12, 'viewing.ended', { viewing: { ...viewing, ended_at: '2026-11-23T09:01:00Z' } }),
    );
    expect(room.viewings.size).toBe(0);
    room = applied(room, event(13, 'camera.failed', { camera: 'cam_1' }));
    expect(room.failing.has('cam_1')).toBe(true);
    expect(applied(room, event(14, 'camera.recovered', { camera: 'cam_1' })).failing.size).toBe(0);
    const held = applied(room, event(14, 'camera.suspended', { camera: 'cam_1' }));
    expect(held.failing, 'a camera held back fails as before').toBe(room.failing);
  });

  it('knows how far an unanswered request went, and never goes back', () => {
    const asked = request('req_1');
    let room = applied(empty, event(11, 'request.escalated', { request: asked, level: 2 }));
    room = applied(room, event(12, 'request.escalated', { request: asked, level: 1 }));
    expect(room.levels.get('req_1')).toBe(2);
  });

  it('holds a camera back until it is resumed', () => {
    const pause = {
      camera: 'cam_1',
      owner: 'org_b',
      cause: 'city_pause',
      since: '2026-11-23T09:00:00Z',
    } as const;
    const held = applied(empty, event(11, 'camera.suspended', { pause }));
    expect([...held.pauses.keys()]).toEqual(['cam_1']);
    const shown = event(12, 'camera.resumed', { pause: { ...pause, cause: null, since: null } });
    expect(applied(held, shown).pauses.size).toBe(0);
  });

  it('tells what somebody else decided, for a minute', () => {
    const by = (id: string, person: string | null) =>
      request(id, { state: 'refused', decided_at: '2026-11-23T09:00:10Z', decided_by: person });
    let room = applied(empty, event(11, 'x', { request: by('req_a', 'per_me') }));
    room = applied(room, event(12, 'x', { request: by('req_b', 'per_other') }));
    expect(decidedElsewhere(room, 'per_me', nine + 20_000).map((r) => r.id)).toEqual(['req_b']);
    expect(decidedElsewhere(room, 'per_me', nine + 71_000)).toEqual([]);
  });
});

describe('the wall', () => {
  const kinds = (room: typeof empty, at = nine) =>
    tiles(room, new Set(['inc_1']), at).map((tile) => `${tile.camera} ${tile.kind}`);

  it('waits, then lives, and says what was not granted', () => {
    let room = applied(empty, event(11, 'request.submitted', { request: request('req_1') }));
    expect(kinds(room)).toEqual(['cam_1 waiting', 'cam_2 waiting']);
    const approved = request('req_1', {
      state: 'approved',
      grant: 'gr_1',
      version: 2,
      decided_at: '2026-11-23T09:01:00Z',
    });
    room = applied(room, event(12, 'request.approved', { request: approved, grant: grant() }));
    expect(kinds(room)).toEqual(['cam_1 live', 'cam_2 refused']);
  });

  it('shows an ended view with its cause, and drops it later', () => {
    const views = [
      { ...view, ended_at: '2026-11-23T09:05:00Z', cause: 'revoked' as const, ended_by: 'per_2' },
    ];
    const approved = request('req_1', { state: 'approved', grant: 'gr_1', cameras: ['cam_1'] });
    const room = applied(
      applied(empty, event(11, 'x', { request: approved, grant: grant() })),
      event(12, 'grant.views_revoked', { grant: grant({ views, version: 2 }) }),
    );
    expect(tiles(room, new Set(['inc_1']), nine)).toMatchObject([
      { kind: 'over', cause: 'revoked', by: 'per_2' },
    ]);
    expect(tiles(room, new Set(['inc_1']), nine + 3_600_000)).toEqual([]);
  });

  it('shows a suspended view as such, however long, and as live once it is resumed', () => {
    const held = { ...view, suspended_at: '2026-11-23T09:05:00Z', suspension: 'camera_moved' as const };
    const approved = request('req_1', { state: 'approved', grant: 'gr_1', cameras: ['cam_1'] });
    let room = applied(
      applied(empty, event(11, 'x', { request: approved, grant: grant() })),
      event(12, 'view.suspended', { grant: grant({ views: [held], version: 2 }) }),
    );
    const [tile] = tiles(room, new Set(['inc_1']), nine + 3_600_000);
    expect(tile).toMatchObject({ kind: 'suspended', cause: 'camera_moved' });
    room = applied(room, event(13, 'view.resumed', { grant: grant({ version: 3 }) }));
    expect(kinds(room)).toEqual(['cam_1 live']);
  });

  it('asks anew: the newest request decides what a camera shows', () => {
    let room = applied(
      empty,
      event(11, 'x', { request: request('req_1', { state: 'refused', cameras: ['cam_1'] }) }),
    );
    room = applied(
      room,
      event(12, 'x', {
        request: request('req_2', { cameras: ['cam_1'], created_at: '2026-11-23T09:05:00Z' }),
      }),
    );
    expect(kinds(room)).toEqual(['cam_1 waiting']);
  });

  it.each(['requested', 'refused', 'lapsed'] as const)(
    'keeps a picture that runs, whatever became of asking anew: %s',
    (state) => {
      const cameras = ['cam_1'];
      const approved = request('req_1', { state: 'approved', grant: 'gr_1', cameras });
      const again = request('req_2', { state, cameras, created_at: '2026-11-23T09:05:00Z' });
      let room = applied(empty, event(11, 'x', { request: approved, grant: grant() }));
      room = applied(room, event(12, 'x', { request: again }));
      expect(kinds(room)).toEqual(['cam_1 live']);
      const held = { ...view, suspended_at: '2026-11-23T09:05:00Z', suspension: 'city_pause' as const };
      room = applied(room, event(13, 'x', { grant: grant({ views: [held], version: 2 }) }));
      expect(kinds(room)).toEqual(['cam_1 suspended']);
      const granted = { ...again, state: 'approved' as const, grant: 'gr_2', version: 2 };
      const second = grant({ id: 'gr_2', request: 'req_2' });
      expect(kinds(applied(room, event(14, 'x', { request: granted, grant: second })))).toEqual([
        'cam_1 live',
      ]);
      const over = { ...view, ended_at: '2026-11-23T09:06:00Z', cause: 'expired' as const };
      room = applied(room, event(15, 'x', { grant: grant({ views: [over], version: 3 }) }));
      expect(kinds(room)).toEqual([`cam_1 ${state === 'requested' ? 'waiting' : state}`]);
    },
  );

  it('knows that an extension is under way', () => {
    const approved = request('req_1', { state: 'approved', grant: 'gr_1', cameras: ['cam_1'] });
    let room = applied(empty, event(11, 'x', { request: approved, grant: grant() }));
    room = applied(
      room,
      event(12, 'x', { request: request('req_9', { extends: 'gr_1', cameras: ['cam_1'] }) }),
    );
    expect(tiles(room, new Set(['inc_1']), nine)).toMatchObject([
      { kind: 'live', extension: { id: 'req_9' } },
    ]);
    const refused = request('req_9', { extends: 'gr_1', cameras: ['cam_1'], state: 'refused', version: 2 });
    room = applied(room, event(13, 'x', { request: refused }));
    expect(tiles(room, new Set(['inc_1']), nine)).toMatchObject([{ extension: { state: 'refused' } }]);
    const granted = request('req_10', {
      extends: 'gr_1',
      cameras: ['cam_1'],
      state: 'approved',
      created_at: '2026-11-23T09:02:00Z',
    });
    expect(
      tiles(applied(room, event(14, 'x', { request: granted })), new Set(['inc_1']), nine),
    ).toMatchObject([{ extension: null }]);
  });
});
