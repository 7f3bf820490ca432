import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, describe, expect, it, vi } from 'vitest';

const { answer } = vi.hoisted(() => {
  const answer = { give: (_query: string | null): Response | Promise<Response> => Response.json([]) };
  globalThis.fetch = async (request) => answer.give(new URL((request as Request).url).searchParams.get('q'));
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

  describe('whose list is of what was typed before', () => {
    const street = (name: string) => ({ name, quarter: '', lat: 43.6, lon: 1.45, precision_m: 50 });
    const STREETS: Record<string, string[]> = {
      'rue ma': ['Rue Matabiau', 'Rue Mage'],
      'rue maran': ['Rue Maran', 'Rue Marancourt'],
    };
    /** Lets the service answer what it was asked last. */
    let answers = () => {};
    const begun = async () => {
      form.startAnew();
      answer.give = (query) => {
        const places = Response.json((STREETS[query ?? ''] ?? []).map(street));
        if (query === 'rue ma') return places;
        return new Promise((resolve) => {
          answers = () => resolve(places);
        });
      };
      answers = () => {};
      const search = shown();
      search.type('rue ma');
      await screen.findByText('Rue Matabiau');
      search.type('rue maran');
      return search;
    };
    const given = () =>
      vi.waitFor(() => {
        answers();
        expect(screen.queryByText('Rue Matabiau')).toBeNull();
      });

    it('gives Enter none of it: the first of the right one is meant', async () => {
      const { chosen, field } = await begun();
      fireEvent.keyDown(field, { key: 'Enter' });
      expect(chosen).not.toHaveBeenCalled();
      await given();
      expect(chosen).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ label: 'Rue Maran' }));
    });

    it('is not walked by the arrows: the next one begins at its first line', async () => {
      const { chosen, field } = await begun();
      await vi.waitFor(() => expect(screen.queryByRole('option', { selected: true })).toBeNull());
      fireEvent.keyDown(field, { key: 'ArrowDown' });
      await given();
      fireEvent.keyDown(field, { key: 'Enter' });
      expect(chosen).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ label: 'Rue Maran' }));
    });

    it('does not come over a place chosen on the map meanwhile', async () => {
      const { chosen, field } = await begun();
      fireEvent.keyDown(field, { key: 'Enter' });
      form.choosePlace({ label: 'Capitole', lat: 43.6, lon: 1.44, precisionM: 20 });
      await new Promise((pass) => setTimeout(pass, 200));
      answers();
      await new Promise((pass) => setTimeout(pass, 20));
      expect(chosen).not.toHaveBeenCalled();
    });
  });
});
