import { expect, it } from 'vitest';
import { titleAt, wantedHere } from './pages';

const at = (address: string) => new URL(address, 'https://crisislink.example');

it('leads whoever signs in to the page they asked for, as they asked for it', () => {
  for (const address of [
    '/cic',
    '/mur',
    '/sessions',
    '/admin/habilitations',
    '/retex?incident=i',
    '/cic#req_1',
  ])
    expect(wantedHere(at(address))).toBe(address);
});

it('knows when none was', () => {
  for (const address of ['/', '/?problem=login_failed', '/nowhere', '/administration'])
    expect(wantedHere(at(address))).toBeNull();
});

it('gives each window of a dispatch room its own name', () => {
  expect(['/samu', '/mur', '/admin/habilitations', '/nowhere'].map(titleAt)).toEqual([
    'pageSamu',
    'pageMur',
    'pageAdmin',
    'brand',
  ]);
});
