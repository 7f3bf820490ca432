/** Leaving an exercise: of one's own only, and what failed stays said. */
import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const closed: string[] = [];
globalThis.fetch = async (request) => {
  const { pathname } = new URL((request as Request).url);
  closed.push(pathname);
  return pathname.includes('inc_2')
    ? Response.json({ title: 'Déjà clos', detail: 'Relisez.', code: 'conflict' }, { status: 409 })
    : Response.json({});
};

const { ExerciseBand } = await import('./Exercise');
const { Failure, failure } = await import('./Failure');
const { me, room } = await import('../state/store');

const incident = (n: number, organisation: string) => ({
  id: `inc_${n}`,
  number: `EX-${n}`,
  organisation,
  exercise: true,
  opened_at: `2026-11-23T09:00:0${n}Z`,
  closed_at: null,
});
const grant = (n: number, views: number) => ({
  id: `gr_${n}`,
  incident: `inc_${n}`,
  exercise: true,
  state: 'active',
  views: Array.from({ length: views }, () => ({ ended_at: null })),
});

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
    this.open = false;
  };
  const by = (all: { id: string }[]) => new Map(all.map((one) => [one.id, one]));
  me.value = { organisation: { id: 'org_samu' }, partners: [] } as never;
  room.value = {
    incidents: by([incident(1, 'org_samu'), incident(2, 'org_samu'), incident(3, 'org_other')]),
    grants: by([grant(1, 2), grant(3, 4)]),
    requests: new Map(),
  } as never;
  render(
    <>
      <ExerciseBand />
      <Failure />
    </>,
  );
  fireEvent.click(screen.getByRole('button', { name: 'Quitter l’exercice' }));
});
afterEach(() => {
  cleanup();
  room.value = null;
  failure.value = null;
});

it('names and counts what it ends, not what others practise', () => {
  const words = screen.getByRole('dialog').textContent;
  expect(words).toContain('EX-2, EX-1');
  expect(words).toContain('(2)');
  expect(words).not.toContain('EX-3');
});

it('says the close that failed though the other one succeeded after it', async () => {
  fireEvent.click(screen.getAllByRole('button', { name: 'Quitter l’exercice' }).at(-1) as HTMLElement);
  await vi.waitFor(() => expect(screen.getByRole('alert').textContent).toContain('Déjà clos'));
  expect(closed).toEqual(['/api/incidents/inc_2/close', '/api/incidents/inc_1/close']);
});
