import { describe, expect, it } from 'vitest';
import { holderOf, stageOf, waitingFor } from './handover';
import { applied, type Charge, fromSnapshot, type Incident, type LiveEvent, type RoomState } from './room';
import { quiet } from './room.sample';

const incident = (id: string): Incident =>
  ({ id, number: id, opened_by: 'per_lea', organisation: 'org_a', closed_at: null }) as Incident;
const charge = (more: Partial<Charge>): Charge => ({
  incident: 'inc_1',
  holder: 'per_lea',
  since: null,
  wish: null,
  wished_by: null,
  wished_at: null,
  relieved: [],
  version: 1,
  ...more,
});
const AT = '2026-11-23T09:00:00Z';
const offered = charge({ wish: 'offered', wished_by: 'per_lea', wished_at: AT });
const asked = charge({ wish: 'asked', wished_by: 'per_nora', wished_at: AT });
const roomOf = (...charges: Charge[]): RoomState =>
  ({ ...fromSnapshot(quiet()), charges: new Map(charges.map((c) => [c.incident, c])) }) as RoomState;

describe('who holds an incident', () => {
  it('is who opened it, until it is handed over', () => {
    expect(holderOf(roomOf(), incident('inc_1'))).toBe('per_lea');
    expect(holderOf(roomOf(charge({ holder: 'per_nora' })), incident('inc_1'))).toBe('per_nora');
  });

  it.each([
    [undefined, 'per_lea', 'mine'],
    [undefined, 'per_nora', 'theirs'],
    [offered, 'per_lea', 'offering'],
    [offered, 'per_nora', 'offered'],
    [asked, 'per_lea', 'asked'],
    [asked, 'per_nora', 'asking'],
    [asked, 'per_sami', 'wanted'],
  ] as const)('%o is to %s: %s', (kept, person, kind) => {
    const stage = stageOf(roomOf(...(kept ? [kept] : [])), incident('inc_1'), person);
    expect(stage.kind).toBe(kind);
    if ('sinceMs' in stage) expect(stage.sinceMs).toBe(Date.parse(AT));
  });

  it('who waits longest comes first, and nobody waits for who asked', () => {
    const older = charge({ ...offered, incident: 'inc_2', wished_at: '2026-11-23T08:59:00Z' });
    const both = [incident('inc_1'), incident('inc_2')];
    expect(waitingFor(roomOf(offered, older), both, 'per_nora')?.id).toBe('inc_2');
    expect(waitingFor(roomOf(asked), both, 'per_lea')?.id).toBe('inc_1');
    expect(waitingFor(roomOf(asked), both, 'per_nora')).toBeNull();
    expect(waitingFor(roomOf(), [], 'per_nora')).toBeNull();
  });

  it('an older charge never replaces a newer one', () => {
    const told = (id: number, kept: Charge) =>
      ({
        type: 'event',
        id,
        at: AT,
        kind: 'incident.handover_wished',
        actor: null,
        charge: kept,
      }) as LiveEvent;
    const passed = charge({ holder: 'per_nora', version: 2 });
    const room = applied(applied(fromSnapshot(quiet({ as_of: 0 })), told(1, passed)), told(2, offered));
    expect(room.charges.get('inc_1')).toEqual(passed);
  });
});
