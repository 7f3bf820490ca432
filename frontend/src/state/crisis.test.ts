import { describe, expect, it } from 'vitest';
import { justOver, openCrises, powers, unnoticed } from './crisis';
import { applied, type Crisis, fromSnapshot, type Grant, type LiveEvent } from './room';
import { quiet } from './room.sample';
import type { Me } from './store';

const crisis = (more: Partial<Crisis> = {}): Crisis => ({
  id: 'cri_1',
  ref: 'K7M2Q',
  beneficiary: 'org_a',
  owner: 'org_b',
  perimeter: { points: [{ lat: 43.6, lon: 1.44 }], radius_m: 300 },
  cameras: ['cam_1'],
  purposes: ['rescue'],
  grant_s: 600,
  ends_at: '2026-11-23T10:00:00Z',
  act: 'lb_1',
  exercise: false,
  state: 'proposed',
  waits_for: 'city',
  proposed_at: '2026-11-23T09:00:00Z',
  confirm_by: '2026-11-23T09:05:00Z',
  by_hospital: 'per_1',
  by_city: null,
  activated_at: null,
  suspended_at: null,
  suspended_by: null,
  ended_at: null,
  ended_by: null,
  cause: null,
  version: 1,
  ...more,
});
const who = (side: 'hospital' | 'city', ...roles: Me['roles']): Pick<Me, 'roles' | 'organisation'> => ({
  roles,
  organisation: { id: 'org', name: 'Org', short_name: 'Org', side, phone: '' },
});
const empty = fromSnapshot(quiet());
const told = (id: number, more: Partial<LiveEvent>): LiveEvent =>
  ({
    type: 'event',
    id,
    at: '2026-11-23T09:00:00Z',
    kind: 'x',
    actor: null,
    cameras: [],
    ...more,
  }) as LiveEvent;

describe('a declared crisis', () => {
  it('is shown while something may come of it', () => {
    let room = applied(empty, told(11, { crisis: crisis() }));
    expect(openCrises(room)).toHaveLength(1);
    room = applied(room, told(12, { crisis: crisis({ state: 'active', waits_for: null, version: 2 }) }));
    room = applied(room, told(13, { crisis: crisis({ version: 1 }) }));
    expect(openCrises(room)[0]?.state).toBe('active');
    room = applied(room, told(14, { crisis: crisis({ state: 'ended', version: 3 }) }));
    expect(openCrises(room)).toEqual([]);
  });

  it('is confirmed by the other side only', () => {
    expect(powers(crisis(), who('city', 'room_supervisor')).confirm).toBe(true);
    expect(powers(crisis(), who('hospital', 'samu_supervisor'))).toMatchObject({
      confirm: false,
      decline: true,
    });
    expect(powers(crisis(), who('city', 'camera_operator')).confirm).toBe(false);
  });

  it('is suspended by any police operator, resumed by their supervisor, ended by either side', () => {
    const active = crisis({ state: 'active', waits_for: null });
    const held = crisis({ state: 'suspended', waits_for: null });
    expect(powers(active, who('city', 'camera_operator'))).toMatchObject({ suspend: true, end: false });
    expect(powers(held, who('city', 'camera_operator')).resume).toBe(false);
    expect(powers(held, who('city', 'room_supervisor'))).toMatchObject({ resume: true, end: true });
    expect(powers(active, who('hospital', 'samu_supervisor'))).toMatchObject({ suspend: false, end: true });
    expect(powers(active, who('hospital', 'regulator')).end).toBe(false);
  });

  it('rings for what it granted until somebody acknowledged, or it is over', () => {
    const grant = (more: Partial<Grant>): Grant =>
      ({
        id: 'gr_1',
        state: 'approved',
        starts_at: '2026-11-23T09:01:00Z',
        views: [],
        declaration: 'cri_1',
        noticed_at: null,
        version: 1,
        ...more,
      }) as unknown as Grant;
    let room = applied(empty, told(11, { grant: grant({}) }));
    room = applied(room, told(12, { grant: grant({ id: 'gr_2', declaration: null }) }));
    expect(unnoticed(room).map((one) => one.id)).toEqual(['gr_1']);
    const noticed = grant({ noticed_at: '2026-11-23T09:02:00Z', version: 2 });
    expect(unnoticed(applied(room, told(13, { grant: noticed })))).toEqual([]);
    expect(unnoticed(applied(room, told(13, { grant: grant({ state: 'ending', version: 2 }) })))).toEqual([]);
  });

  it('is spoken of for a quarter of an hour once it is over', () => {
    const ended = crisis({ state: 'ended', ended_at: '2026-11-23T10:00:00Z' });
    const state = applied(empty, told(11, { crisis: ended }));
    const at = Date.parse('2026-11-23T10:00:00Z');
    expect([0, 14, 15].map((min) => justOver(state, at + min * 60_000).length)).toEqual([1, 1, 0]);
    expect(justOver(applied(empty, told(11, { crisis: crisis() })), at)).toEqual([]);
  });
});
