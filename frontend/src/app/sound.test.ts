import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const told: string[] = [];
class Told {
  static permission = 'granted';
  constructor(_title: string, { body, renotify }: NotificationOptions & { renotify?: boolean }) {
    told.push(`${body}${renotify ? '' : ' (silent)'}`);
  }
}
vi.stubGlobal('Notification', Told);
const { setRinging } = await import('./sound');

let hidden = true;
Object.defineProperty(document, 'hidden', { get: () => hidden });
beforeEach(() => {
  hidden = true;
  told.splice(0);
});
afterEach(() => setRinging('request', false));

test('a hidden page is called when it rings, and for each request that comes meanwhile', () => {
  setRinging('request', true, 'A request', ['one']);
  expect(told).toEqual(['A request']);
  setRinging('request', true, 'A request', ['one', 'two']);
  expect(told).toEqual(['A request', 'A request']);
  setRinging('request', true, 'A request', ['two']);
  expect(told, 'one was answered: nothing new').toHaveLength(2);
  setRinging('request', false);
  setRinging('request', true, 'A request', ['two']);
  expect(told, 'it rings anew').toHaveLength(3);
});

test('a page that is hidden while it rings calls, a page that is looked at does not', () => {
  hidden = false;
  setRinging('request', true, 'A request', ['one']);
  setRinging('request', true, 'A request', ['one', 'two']);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(told).toEqual([]);
  hidden = true;
  document.dispatchEvent(new Event('visibilitychange'));
  expect(told).toEqual(['A request']);
  setRinging('request', false);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(told).toHaveLength(1);
});
