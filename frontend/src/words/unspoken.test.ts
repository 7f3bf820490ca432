/** The language somebody chose cannot be had at first: that is said, and it is asked for until it comes. */
import { beforeEach, expect, test, vi } from 'vitest';

let reached = false;
vi.mock('./en', () => {
  if (!reached) throw new Error('no network');
  return { en: { signOut: 'Sign out', unspoken: 'trying again' } };
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
  localStorage.clear();
  reached = false;
});

test('English that cannot be loaded is said to be missing, and comes by itself', async () => {
  const { language, speak, t, unspoken } = await import('.');
  await speak('en');
  expect([language.value, unspoken.value]).toEqual(['fr', 'en']);
  expect(t('unspoken')).toContain('English');
  reached = true;
  await vi.advanceTimersByTimeAsync(5_000);
  await vi.waitFor(() => expect([language.value, unspoken.value]).toEqual(['en', null]));
  expect(t('signOut')).toBe('Sign out');
});

test('who goes back to French meanwhile stays there', async () => {
  const { language, speak, unspoken } = await import('.');
  await speak('en');
  await speak('fr');
  expect(unspoken.value).toBeNull();
  reached = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([language.value, localStorage.getItem('language')]).toEqual(['fr', 'fr']);
});
