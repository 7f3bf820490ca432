import { act, cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fromSnapshot, type Grant, type Message } from '../state/room';
import { quiet } from '../state/room.sample';
import { type Me, me } from '../state/store';
import { seen } from './read';
import { Talk } from './Talk';

/** The service restarts: its code of the conversation cannot be had at first. */
let reached = false;
vi.mock('./Card', () => {
  if (!reached) throw new TypeError('no module');
  return { Card: () => <p class="card-talk">The conversation</p> };
});

const grant = { id: 'gr_1', beneficiary: 'org_samu', owner: 'org_city', state: 'active', views: [] };
const message = { id: 'msg_1', grant: 'gr_1', organisation: 'org_city', author: 'per_1', kind: 'text' };
const ROOM = {
  ...fromSnapshot(quiet()),
  grants: new Map([
    ['gr_1', { ...grant, starts_at: '2026-11-23T08:00:00Z', views: [{ ended_at: null }] } as Grant],
  ]),
  messages: new Map([
    ['msg_1', { ...message, sent_at: '2026-11-23T09:00:01Z', answer: null, version: 1 } as Message],
  ]),
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
const after = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms).then(() => undefined));

test('a conversation whose code cannot be had says so, is not counted as read, and opens when it came', async () => {
  me.value = { organisation: { id: 'org_samu', side: 'hospital' }, partners: [], talk: {} } as unknown as Me;
  render(<Talk room={ROOM} camera={null} />);
  await after(100);
  fireEvent.keyDown(document.body, { key: 'F2' });
  await act(() => vi.waitFor(() => expect(screen.getByRole('alert').textContent).toContain('rechargez')));
  expect(seen.value.size).toBe(0);
  reached = true;
  await after(5_000);
  await act(() => vi.waitFor(() => expect(screen.getByText('The conversation')).toBeTruthy()));
  expect(screen.queryByRole('alert')).toBeNull();
  expect([...seen.value]).toEqual(['msg_1']);
});
