import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, describe, expect, it, vi } from 'vitest';

const { answer } = vi.hoisted(() => {
  const answer = { give: () => Response.json([]) };
  globalThis.fetch = async () => answer.give();
  return { answer };
});
const { PlaceSearch } = await import('./PlaceSearch');
const form = await import('./form');

const shown = () => {
  const chosen = vi.fn();
  render(<PlaceSearch input={{ current: null }} onChoose={chosen} onEnter={() => {}} />);
  const field = screen.getByRole('combobox');
  const type = (value: string) => fireEvent.input(field, { target: { value } });
  return { chosen, field, type };
};

describe('the search of a place', () => {
  afterEach(cleanup);

  it('takes coordinates for a place, without asking', async () => {
    const { chosen, field, type } = shown();
    type('43.61, 1.45');
    expect((await screen.findByRole('option')).textContent).toContain('Point 43.61000, 1.45000');
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(chosen).toHaveBeenCalledWith({
      label: 'Point 43.61000, 1.45000',
      lat: 43.61,
      lon: 1.45,
      precisionM: 20,
    });
  });

  it('takes keys that come before the page is drawn: the place, and what is asked for there', () => {
    const asked = vi.fn();
    form.startAnew();
    render(<PlaceSearch input={{ current: null }} onChoose={form.choosePlace} onEnter={asked} />);
    const field = screen.getByRole<HTMLInputElement>('combobox');
    for (const key of '43.61, 1.45') {
      field.value += key;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    const enter = () => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    enter();
    expect(form.place.value).toMatchObject({ lat: 43.61, lon: 1.45 });
    enter();
    expect(asked).toHaveBeenCalledOnce();
  });

  it('shows the place chosen elsewhere, until something is typed', async () => {
    form.startAnew();
    const { field, type } = shown();
    type('rue');
    await vi.waitFor(() => expect(field).toHaveProperty('value', 'rue'));
    form.choosePlace({ label: 'Capitole', lat: 43.6, lon: 1.44, precisionM: 20 });
    await vi.waitFor(() => expect(field).toHaveProperty('value', 'Capitole'));
    type('Capito');
    await vi.waitFor(() => expect(field).toHaveProperty('value', 'Capito'));
  });

  it('that finds nothing says where else to look, and one that fails does not say that there is no such place', async () => {
    const { type } = shown();
    type('nulle part');
    expect((await screen.findByRole('status')).textContent).toContain('Aucun lieu trouvé');
    answer.give = () => new Response('', { status: 503 });
    type('nulle part ici');
    await vi.waitFor(() => expect(screen.getByRole('status').textContent).toContain('ne répond pas'));
  });
});
