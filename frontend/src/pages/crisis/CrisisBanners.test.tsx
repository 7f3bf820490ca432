/** A proposed crisis rings until it is acknowledged, which confirms nothing; a new one rings anew. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setRinging } from '../../app/sound';
import type { Crisis, RoomState } from '../../state/room';
import { type Me, me, room } from '../../state/store';
import { setShortcuts } from '../samu/shortcuts';
import { confirm } from './acts';
import { CrisisBanners } from './CrisisBanners';

vi.mock('./acts', () => ({ confirm: vi.fn() }));
vi.mock('./Terms', () => ({ Terms: () => null }));
vi.mock('../../app/sound', () => ({ setRinging: vi.fn() }));

const proposal = (id: string) =>
  ({
    id,
    ref: id,
    state: 'proposed',
    waits_for: 'city',
    proposed_at: new Date(0).toISOString(),
    confirm_by: new Date(9e12).toISOString(),
    ends_at: new Date(9e12).toISOString(),
    cameras: [],
    grant_s: 600,
  }) as unknown as Crisis;
const proposed = (...ids: string[]) => {
  room.value = {
    crises: new Map(ids.map((id) => [id, proposal(id)])),
    grants: new Map(),
    persons: new Map(),
  } as unknown as RoomState;
};
const rings = () => vi.mocked(setRinging).mock.lastCall?.[1];
const press = () => fireEvent.keyDown(document.body, { key: ' ' });

afterEach(cleanup);
beforeEach(() => {
  setShortcuts(true);
  me.value = {
    roles: ['room_supervisor'],
    organisation: { id: 'org_city', side: 'city' },
    partners: [],
  } as unknown as Me;
  proposed('CR-1');
});

test('the button quiets it, nothing is confirmed, and the next proposal rings anew', () => {
  render(<CrisisBanners where="cic" />);
  expect(rings()).toBe(true);
  fireEvent.click(screen.getByRole('button', { name: /Acquitter/ }));
  expect(rings()).toBe(false);
  expect(screen.queryByRole('button', { name: /Acquitter/ })).toBeNull();
  expect(screen.getByRole('button', { name: 'Lire et confirmer' })).toBeTruthy();
  act(() => proposed('CR-1', 'CR-2'));
  expect(rings()).toBe(true);
  expect(screen.getAllByRole('button', { name: /Acquitter/ })).toHaveLength(1);
  expect(confirm).not.toHaveBeenCalled();
});

test('Space quiets it once nothing else rings, unless single keys are off', () => {
  const page = render(<CrisisBanners where="cic" othersRing={true} />);
  press();
  expect(rings()).toBe(true);
  page.rerender(<CrisisBanners where="cic" />);
  setShortcuts(false);
  press();
  expect(rings()).toBe(true);
  setShortcuts(true);
  press();
  expect(rings()).toBe(false);
});

test('it rings for nobody who may not confirm it', () => {
  me.value = { ...(me.value as Me), roles: ['room_operator'] } as unknown as Me;
  render(<CrisisBanners where="cic" />);
  expect(rings()).toBe(false);
  expect(screen.queryByRole('button', { name: /Acquitter/ })).toBeNull();
});
