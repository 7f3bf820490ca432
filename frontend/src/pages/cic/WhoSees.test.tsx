import { cleanup, fireEvent, render, screen, within } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RoomState } from '../../state/room';

/** What was sent, and which grants the service cannot cut. */
const { sent, ill } = vi.hoisted(() => {
  const sent: [string, unknown][] = [];
  const ill = new Set<string>();
  globalThis.fetch = async (request) => {
    const path = new URL((request as Request).url).pathname;
    sent.push([path, await (request as Request).json()]);
    return [...ill].some((grant) => path.includes(grant))
      ? new Response('<html>', { status: 502 })
      : Response.json({});
  };
  return { sent, ill };
});
const { fromSnapshot } = await import('../../state/room');
const { room: followed } = await import('../../state/store');
const { WhoSees } = await import('./WhoSees');

const grant = (id: string, cameras: string[]) => ({
  id,
  ref: id.toUpperCase(),
  incident: 'inc_1',
  state: 'active',
  starts_at: '2026-11-23T09:00:00Z',
  ends_at: '2026-11-23T09:15:00Z',
  views: cameras.map((camera) => ({ camera, ended_at: null, suspended_at: null, suspension: null })),
});
const look = (id: string, of: string, camera: string) => ({
  id,
  person: 'per_1',
  grant: of,
  camera,
  started_at: '2026-11-23T09:00:10Z',
  ended_at: null,
});

function shown(): void {
  const room = {
    incidents: [{ id: 'inc_1', number: '2026-0001', organisation: 'org_1', place_label: 'Rue Raymond IV' }],
    grants: [grant('gr_1', ['cam_1', 'cam_2']), grant('gr_2', ['cam_1'])],
    viewings: [look('vw_1', 'gr_1', 'cam_1'), look('vw_2', 'gr_2', 'cam_1')],
    persons: [{ id: 'per_1', name: 'Dr L. Fabre' }],
    requests: [],
    charges: [],
    crises: [],
    sharing: [],
    escalations: [],
    pauses: [],
    failing: [],
    previews: [],
    messages: [],
    answer_median_s: null,
  };
  const state: RoomState = fromSnapshot(room as unknown as Parameters<typeof fromSnapshot>[0]);
  followed.value = state; // where names are looked up
  render(<WhoSees room={state} />);
}
const all = { cameras: null, preempt: false };
const sends = async (...wanted: [string, unknown][]) => {
  await vi.waitFor(() => expect(sent.length).toBe(wanted.length));
  expect(sent).toEqual(wanted.map(([id, body]) => [`/api/grants/${id}/revoke`, body]));
};

describe('who sees what is cut at once', () => {
  beforeEach(() => {
    sent.splice(0);
    ill.clear();
    shown();
  });
  afterEach(cleanup);

  it('by camera', async () => {
    fireEvent.click(screen.getAllByRole('button', { name: /^Révoquer/ })[1] as HTMLElement);
    await sends(['gr_1', { cameras: ['cam_2'], preempt: false }]);
  });

  it('by grant', async () => {
    fireEvent.click(screen.getByRole('button', { name: 'Couper l’octroi GR_2' }));
    await sends(['gr_2', all]);
  });

  it('by person, in every grant they watch', async () => {
    fireEvent.click(screen.getByRole('button', { name: 'Couper Dr L. Fabre' }));
    const seen = { cameras: ['cam_1'], preempt: false };
    await sends(['gr_1', seen], ['gr_2', seen]);
  });

  it('by incident, once that was confirmed', async () => {
    fireEvent.click(screen.getByRole('button', { name: 'Tout révoquer' }));
    const dialog = within(document.querySelector('dialog') as HTMLElement);
    fireEvent.click(dialog.getByText('Tout révoquer'));
    await sends(['gr_1', all], ['gr_2', all]);
  });

  it('by preemption, whoever shows the camera', async () => {
    fireEvent.click(screen.getAllByRole('button', { name: /^Autres actions/ })[0] as HTMLElement);
    fireEvent.click(await screen.findByRole('button', { name: 'Préempter' }));
    const taken = { cameras: ['cam_1'], preempt: true };
    await sends(['gr_1', taken], ['gr_2', taken]);
  });

  it('and a cut that failed beside one that did not is said', async () => {
    ill.add('gr_1');
    fireEvent.click(screen.getByRole('button', { name: 'Couper Dr L. Fabre' }));
    expect((await screen.findByRole('alert')).textContent).toContain('on ne sait pas si c’est fait');
    expect(sent).toHaveLength(2);
  });
});
