import { expect, test } from 'vitest';
import type { Schemas } from '../../api/client';
import { addressOf, crisesOf, entryOf, pickedIn } from './crises';

const incident = (id: string, minute: number, crisis: string | null) =>
  ({
    id,
    crisis,
    opened_at: new Date(Date.UTC(2026, 10, 23, 9, minute)).toISOString(),
  }) as Schemas['IncidentView'];

const newest = [incident('d', 9, null), incident('c', 5, 'a'), incident('b', 3, 'x'), incident('a', 1, 'a')];

test('incidents of one crisis are one entry, the first opened first; one that is alone in sight is none', () => {
  expect(crisesOf(newest).map((of) => of.map((one) => one.id))).toEqual([['a', 'c']]);
});

test('the address says what is read, and is read again', () => {
  for (const picked of [
    { incident: 'a', crisis: false },
    { incident: 'a&b', crisis: true },
    { declaration: 'cri&1' },
  ])
    expect(pickedIn(addressOf(picked))).toEqual(picked);
  expect(pickedIn('?incident=')).toBeNull();
});

test('a crisis is the same entry under whichever of its incidents it was asked for', () => {
  const crises = crisesOf(newest);
  expect(entryOf({ incident: 'c', crisis: true }, crises)).toBe('?incident=a&crisis=1');
  expect(entryOf({ incident: 'c', crisis: false }, crises)).toBe('?incident=c');
  expect(entryOf({ incident: 'd', crisis: true }, crises)).toBe('?incident=d');
  expect(entryOf({ declaration: 'a' }, crises)).toBe('?declaration=a');
});
