import { describe, expect, it } from 'vitest';
import { exercises, onlyExercises, picturesOf } from './exercise';
import { answerMedianS, type Grant, type Incident, type Request, type RoomState } from './room';

const incident = (id: string, more: Partial<Incident> = {}): Incident =>
  ({
    id,
    exercise: true,
    closed_at: null,
    opened_at: `2026-11-23T09:00:0${id}Z`,
    organisation: 'org_samu',
    ...more,
  }) as Incident;
const grant = (id: string, exercise: boolean, ended: (string | null)[]): Grant =>
  ({
    id,
    exercise,
    incident: exercise ? '1' : '3',
    state: 'active',
    views: ended.map((ended_at) => ({ ended_at })),
  }) as Grant;
const request = (exercise: boolean): Request =>
  ({
    exercise,
    state: 'approved',
    created_at: '2026-11-23T09:00:00Z',
    decided_at: exercise ? '2026-11-23T09:05:00Z' : '2026-11-23T09:00:10Z',
  }) as Request;
const room = {
  incidents: new Map(
    [
      incident('1'),
      incident('2'),
      incident('3', { exercise: false }),
      incident('4', { closed_at: '2026-11-23T09:01:00Z' }),
    ].map((one) => [one.id, one]),
  ),
  grants: new Map(
    [grant('a', true, [null, null, '2026-11-23T09:01:00Z']), grant('b', false, [null])].map((g) => [g.id, g]),
  ),
  requests: new Map(),
} as unknown as RoomState;

describe('an exercise', () => {
  it('is under way while its incident is open', () => {
    expect(exercises(room, 'org_samu').map(({ id }) => id)).toEqual(['2', '1']);
    expect(picturesOf(room, exercises(room, 'org_samu'))).toBe(2);
    expect(picturesOf(room, [incident('2')]), 'of another').toBe(0);
  });

  it('is told to the other side while something of it waits or is seen', () => {
    expect(exercises(room, 'org_city').map(({ id }) => id)).toEqual(['1']);
    const quiet = { ...room, grants: new Map() } as RoomState;
    expect(exercises(quiet, 'org_city')).toEqual([]);
    const asked = { state: 'requested', incident: '2', created_at: '2026-11-23T09:00:00Z' } as Request;
    const waits = { ...quiet, requests: new Map([['r', asked]]) } as RoomState;
    expect(exercises(waits, 'org_city').map(({ id }) => id)).toEqual(['2']);
  });

  it('is what the bell says only when nothing real rings', () => {
    expect(onlyExercises([request(true)])).toBe(true);
    expect(onlyExercises([request(true), request(false)])).toBe(false);
    expect(onlyExercises([])).toBe(false);
  });

  it('does not count in how fast the city answers', () => {
    expect(answerMedianS([request(true), request(false)])).toBe(10);
    expect(answerMedianS([request(true)])).toBeNull();
  });
});
