/** The wall's own window says what the room's bar says. */
import { cleanup, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

vi.hoisted(() => {
  globalThis.fetch = async () => Response.json([]);
});

import { fromSnapshot } from '../../state/room';
import { connected, degraded, me, room } from '../../state/store';
import { now } from '../../state/time';
import { Mur } from './Mur';

beforeEach(() => {
  me.value = {
    person: { id: 'per_1' },
    organisation: { id: 'org_1' },
    partners: [],
    roles: [],
    session_ends_at: new Date(now.value + 7_200_000).toISOString(),
    session_idle_s: 1800,
  } as never;
  const none =
    'incidents charges requests grants viewings previews sharing escalations pauses crises failing messages persons';
  const lists = Object.fromEntries(none.split(' ').map((key) => [key, []]));
  room.value = fromSnapshot({ as_of: 1, answer_median_s: null, ...lists } as never);
});
afterEach(() => {
  cleanup();
  connected.value = false;
  degraded.value = false;
});

it('is live only where nothing is degraded', async () => {
  connected.value = true;
  render(<Mur />);
  const pill = () => document.querySelector('.top .pill[role=status]') as HTMLElement;
  expect(pill().className).toBe('pill live');
  degraded.value = true;
  await vi.waitFor(() => expect(pill().className).toBe('pill lost'));
  expect(pill().textContent).not.toBe('En direct');
});

it('leads past its bar, first of all', () => {
  render(<Mur />);
  const first = document.querySelector('a, button, select') as HTMLAnchorElement;
  expect(first).toBe(screen.getByRole('link', { name: 'Aller au contenu' }));
  expect(document.querySelector(first.hash)?.tagName).toBe('MAIN');
});

it('has two live regions for troubles and time left', () => {
  render(<Mur />);
  expect(document.querySelectorAll('.wallbox > .sr[role=status]')).toHaveLength(2);
});
