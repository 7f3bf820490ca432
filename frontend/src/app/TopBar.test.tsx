import { cleanup, render, screen } from '@testing-library/preact';
import { afterEach, expect, it } from 'vitest';
import { Panel } from '../embed/Panel';
import { stage } from '../embed/session';
import { fromSnapshot, type RoomState } from '../state/room';
import { type Me, me, room } from '../state/store';
import { now } from '../state/time';
import { Banners, TopBar } from './TopBar';

const EMPTY = {
  as_of: 1,
  server_time: '2026-11-23T09:00:00Z',
  answer_median_s: null,
  ...Object.fromEntries(
    'incidents charges requests grants viewings previews sharing escalations pauses crises failing messages persons'
      .split(' ')
      .map((key) => [key, []]),
  ),
};
const exercise = {
  id: 'inc_1',
  number: 'EX-2026-0001',
  organisation: 'org_samu',
  place_label: 'Rue Raymond IV',
  case_ref: null,
  exercise: true,
  opened_at: '2026-11-23T09:00:00Z',
  closed_at: null,
};
const roomOf = (incidents: unknown[]): RoomState =>
  fromSnapshot({ ...EMPTY, incidents } as unknown as Parameters<typeof fromSnapshot>[0]);

function signedIn(exercises: string[], idleS = 1800): void {
  now.value = Date.now();
  me.value = {
    organisation: { id: 'org_samu', side: 'hospital', short_name: 'SAMU 31' },
    partners: [],
    person: { name: 'Me C. Rivals', post: '' },
    session_ends_at: new Date(now.value + 7_200_000).toISOString(),
    session_idle_s: idleS,
    exercises,
  } as unknown as Me;
}

afterEach(() => {
  cleanup();
  room.value = null;
  stage.value = { kind: 'waiting' };
});

it('says on a page without a room that an exercise is under way, and nothing else than that', () => {
  signedIn(['EX-2026-0002', 'EX-2026-0001']);
  render(<TopBar title="Registre" />);
  const said = screen.getByText('EXERCICE').parentElement?.textContent;
  expect(said).toContain('EX-2026-0002, EX-2026-0001');
  expect(screen.queryByText('Quitter l’exercice')).toBeNull();
  cleanup();
  signedIn([]);
  render(<TopBar title="Registre" />);
  expect(screen.queryByText('EXERCICE')).toBeNull();
});

it('says it once in a room, which knows better than what was said at first', () => {
  signedIn(['EX-2026-0009']);
  room.value = roomOf([exercise]);
  render(
    <>
      <TopBar title="SAMU" />
      <Banners />
    </>,
  );
  expect(screen.getAllByText('EXERCICE')).toHaveLength(1);
  expect(screen.getByText('EXERCICE').parentElement?.textContent).toContain('EX-2026-0001');
  cleanup();
  room.value = roomOf([]);
  render(<TopBar title="SAMU" />);
  expect(screen.queryByText('EXERCICE')).toBeNull();
});

it('offers to stay signed in on every page that has the bar', () => {
  signedIn([], 200);
  render(<TopBar title="Registre" />);
  expect(screen.getByRole('button', { name: 'Rester connecté' })).toBeTruthy();
});

it('has the band over the panel inside the dispatch software', () => {
  me.value = null;
  room.value = roomOf([exercise]);
  const session = { token: 't', incident: 'inc_1', person: { name: 'Dr L. Fabre' } };
  stage.value = { kind: 'looking', session } as unknown as typeof stage.value;
  render(<Panel />);
  expect(document.querySelector('.exercise-band')?.textContent).toContain('EX-2026-0001');
});
