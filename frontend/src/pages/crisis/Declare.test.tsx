import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const { answers } = vi.hoisted(() => {
  const answers: (unknown[] | null)[] = [];
  globalThis.fetch = async () => {
    const answer = answers.shift() ?? null;
    if (answer === null) throw new TypeError('no network');
    return Response.json(answer);
  };
  return { answers };
});
vi.mock('../RoomMap', () => ({ RoomMap: () => null, quarters: () => [], asMapCamera: () => ({}) }));
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true;
};
const { me } = await import('../../state/store');
const { DeclareButton } = await import('./Declare');

const act = (max_duration_s: number) => ({
  id: 'lb_1',
  owner: 'org_city',
  beneficiaries: ['org_samu'],
  act: 'Arrêté 12',
  cameras: null,
  perimeter: null,
  purposes: ['rescue'],
  max_duration_s,
});

function opened(crisis_cap_s = 86_400): void {
  me.value = {
    organisation: { id: 'org_city', side: 'city' },
    partners: [{ id: 'org_samu', side: 'hospital', short_name: 'SAMU 31' }],
    roles: ['room_supervisor'],
    limits: { crisis_cap_s },
  } as unknown as NonNullable<typeof me.value>;
  render(<DeclareButton room="cic" at={null} />);
  fireEvent.click(screen.getByRole('button', { name: /Déclarer une crise/ }));
}
const values = () => screen.getAllByRole('combobox').map((one) => (one as HTMLSelectElement).value);

beforeEach(() => void answers.splice(0));
afterEach(cleanup);

it('does not say that there is no act when it could not ask, and asks again', async () => {
  answers.push(null, []);
  opened();
  expect((await screen.findByRole('alert')).textContent).toContain('Vérifiez le réseau');
  expect(screen.queryByText(/Aucun acte en vigueur/)).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Réessayer' }));
  await screen.findByText(/Aucun acte en vigueur/);
});

it('begins with what is usual, or the most that the act and the settings allow', async () => {
  answers.push([act(3600)]);
  opened();
  await screen.findByText(/SAMU 31/, { selector: '.muted' });
  expect(values()).toEqual(['15', '60']);
  cleanup();
  answers.push([act(720)]);
  opened(1_800);
  await screen.findByText(/SAMU 31/, { selector: '.muted' });
  expect(values()).toEqual(['10', '30']);
  cleanup();
  answers.push([act(240)]);
  opened(600);
  await screen.findByText(/SAMU 31/, { selector: '.muted' });
  expect(values()).toEqual(['4', '10']);
});
