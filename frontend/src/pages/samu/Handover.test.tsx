/** The dialog of the change of shift keeps the keys to itself, and says what it could not have. */
import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { failure } from '../../app/Failure';
import { fromSnapshot } from '../../state/room';
import { quiet } from '../../state/room.sample';
import { me, room } from '../../state/store';
import { Handover, openHandover } from './Handover';

const { service } = vi.hoisted(() => {
  const service = { answer: (): Response | Promise<Response> => Response.json({}) };
  globalThis.fetch = async () => service.answer();
  return { service };
});

const incident = {
  id: 'inc_1',
  number: 'I-1',
  place_label: 'A',
  opened_by: 'per_1',
  closed_at: null,
  crisis: null,
};
const offered = {
  incident: 'inc_1',
  holder: 'per_1',
  wish: 'offered',
  wished_by: 'per_1',
  relieved: [],
  version: 1,
};
const shown = (charges: object[]) => {
  room.value = fromSnapshot(quiet({ incidents: [incident], charges } as never));
  render(<Handover />);
};
beforeEach(() => {
  me.value = { person: { id: 'per_1' }, organisation: { id: 'org_1' }, partners: [], roles: [] } as never;
});
afterEach(() => {
  cleanup();
  failure.value = null;
  openHandover(null);
});

it('is there before the next key, whose place is not the page', async () => {
  shown([]);
  openHandover('inc_1');
  await Promise.resolve();
  await Promise.resolve();
  expect(document.querySelector('dialog')?.open).toBe(true);
});

it('keeps the focus in what was pressed while the service thinks', async () => {
  let answers = (_: Response) => {};
  service.answer = () => new Promise((resolve) => (answers = resolve));
  shown([]);
  openHandover('inc_1');
  const offer = await screen.findByRole('button', { name: /Proposer/ });
  await vi.waitFor(() => expect(document.activeElement).toBe(offer));
  fireEvent.click(offer);
  await vi.waitFor(() => expect(offer.getAttribute('aria-disabled')).toBe('true'));
  expect(offer).toHaveProperty('disabled', false);
  answers(Response.json({ title: 'Non', detail: 'Plus tard.' }, { status: 409 }));
  await vi.waitFor(() => expect(offer.getAttribute('aria-disabled')).toBe('false'));
  expect(document.activeElement).toBe(offer);
});

it('says that nobody can sign in here when the service does not answer, and Enter tries again', async () => {
  service.answer = () => new Response('', { status: 503 });
  shown([{ ...offered, since: null, wished_at: new Date().toISOString() }]);
  openHandover('inc_1');
  expect((await screen.findByRole('alert')).textContent).toContain('ne répond pas');
  const retry = screen.getByRole('button', { name: /Réessayer/ });
  await vi.waitFor(() => expect(document.activeElement).toBe(retry));
  service.answer = () =>
    Response.json({
      demo: false,
      providers: [{ id: 'psc', label: 'Pro Santé', side: 'hospital', url: '/auth/login/psc' }],
    });
  fireEvent.click(retry);
  const way = await screen.findByRole('link', { name: /La personne suivante/ });
  await vi.waitFor(() => expect(document.activeElement).toBe(way));
  expect(screen.queryByRole('alert')).toBeNull();
});
