import { cleanup, fireEvent, render, screen, within } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Camera } from '../../state/store';

const suspended = vi.hoisted(() => [] as string[]);
vi.mock('./decide', () => ({ suspend: async (id: string) => suspended.push(id) > 0 }));
const { HoldBack } = await import('./HoldBack');

const CITY = Array.from({ length: 5_000 }, (_, n) => ({
  id: `cam_${n + 1}`,
  number: n + 1,
  name: n === 41 ? 'École Bayard' : `Rue ${n + 1}`,
})) as Camera[];
const box = () => screen.getByRole('combobox', { name: 'Numéro ou nom d’une caméra' });
const options = () => screen.queryAllByRole('option').map(({ textContent }) => textContent);
const type = (text: string) => fireEvent.input(box(), { target: { value: text } });
const button = () => screen.getByRole<HTMLButtonElement>('button', { name: /Suspendre/ });

describe('the camera to hold back', () => {
  beforeEach(() => {
    suspended.splice(0);
    HTMLElement.prototype.scrollIntoView = () => undefined;
    render(<HoldBack known={CITY} />);
  });
  afterEach(cleanup);

  it('is found among thousands, of which no more are shown than one reads, and how many there are is said', () => {
    expect(options()).toEqual([]);
    type('rue');
    expect(options()).toHaveLength(20);
    expect(screen.getByRole('status').textContent).toBe('20 sur 4999 caméras : précisez');
    type('bayard ecole');
    expect(options()).toEqual(['42 École Bayard']);
    type('nulle part');
    expect([options(), screen.getByRole('status').textContent]).toEqual([[], '0 caméras']);
    expect(box().getAttribute('aria-expanded')).toBe('false');
  });

  it('is chosen and suspended by keys alone', async () => {
    type('rue 4');
    fireEvent.keyDown(box(), { key: 'ArrowDown' });
    const active = document.getElementById(box().getAttribute('aria-activedescendant') ?? '');
    expect(active?.getAttribute('aria-selected')).toBe('true');
    expect(within(active as HTMLElement).getByText('14')).toBeDefined();
    expect(button().disabled).toBe(true);
    fireEvent.keyDown(box(), { key: 'Enter' });
    expect([(box() as HTMLInputElement).value, options()]).toEqual(['14 Rue 14', []]);
    fireEvent.submit(box().closest('form') as HTMLFormElement);
    await vi.waitFor(() => expect(suspended).toEqual(['cam_14']));
    await vi.waitFor(() => expect((box() as HTMLInputElement).value).toBe(''));
  });

  it('is meant by its whole number at once: Enter chooses nothing further', () => {
    type('42');
    expect(options()[0]).toBe('42 École Bayard');
    expect(button().disabled).toBe(false);
    expect(fireEvent.keyDown(box(), { key: 'Enter' }), 'left to the form').toBe(true);
    fireEvent.submit(box().closest('form') as HTMLFormElement);
    expect(suspended).toEqual(['cam_42']);
  });

  it('is no longer meant once something else is typed, and Escape only closes the list', () => {
    type('ecole');
    fireEvent.click(screen.getByRole('option'));
    expect(button().disabled).toBe(false);
    type('42 Éc');
    expect(button().disabled).toBe(true);
    fireEvent.keyDown(box(), { key: 'Escape' });
    expect([options(), (box() as HTMLInputElement).value]).toEqual([[], '42 Éc']);
  });
});
