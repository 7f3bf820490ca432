import { act, cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Me } from '../state/store';

/** What the page asks the service for. */
const { asked, said } = vi.hoisted(() => {
  const asked: string[] = [];
  const said = { me: null as unknown };
  globalThis.fetch = async (request) => {
    const path = new URL((request as Request).url).pathname;
    asked.push(path);
    const signIn = { providers: [{ id: 'ville', label: 'Ville', side: 'city', url: '/auth/login/ville' }] };
    return Response.json(path === '/api/me' ? said.me : signIn);
  };
  return { asked, said };
});

vi.mock('./sound', async (original) => ({ ...(await original<object>()), setRinging: vi.fn() }));

const { lastAwake } = await import('../api/client');
const { me } = await import('../state/store');
const { now } = await import('../state/time');
const { setRinging } = await import('./sound');
const { SessionBanner, SessionBell } = await import('./SessionBanner');

beforeEach(() => void asked.splice(0));
afterEach(cleanup);

function signedIn(endsInS: number, idleInS: number): void {
  const at = Date.now();
  now.value = at;
  lastAwake.value = at;
  me.value = {
    organisation: { side: 'city' },
    server_time: new Date(at).toISOString(),
    session_ends_at: new Date(at + endsInS * 1000).toISOString(),
    session_idle_s: idleInS,
  } as Me;
  said.me = me.value;
}

describe('the banner of the session', () => {
  it('is absent while there is time', () => {
    signedIn(3600, 1800);
    render(<SessionBanner />);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('keeps an idle person signed in with one button', async () => {
    signedIn(3600, 200);
    render(<SessionBanner />);
    fireEvent.click(screen.getByRole('button', { name: 'Rester connecté' }));
    await vi.waitFor(() => expect(asked).toEqual(['/api/me']));
  });

  it('leads to signing in anew, in another tab, when the shift ends', async () => {
    signedIn(200, 1800);
    render(<SessionBanner />);
    const link = await screen.findByRole('link', { name: /Se reconnecter/ });
    expect(link.getAttribute('href')).toBe('/auth/login/ville?next=%2F%3Frenewed');
    expect(link.getAttribute('target')).toBe('_blank');
  });

  it('knows that another page of this browser keeps the session awake', () => {
    signedIn(3600, 200);
    render(<SessionBanner />);
    expect(screen.queryByRole('alert')).not.toBeNull();
    const later = String(lastAwake.value + 200_000);
    act(() => void dispatchEvent(new StorageEvent('storage', { key: 'awake', newValue: later })));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('tells the other pages of this browser when it kept the session awake', async () => {
    signedIn(3600, 200);
    render(<SessionBanner />);
    localStorage.removeItem('awake');
    fireEvent.click(screen.getByRole('button', { name: 'Rester connecté' }));
    await vi.waitFor(() => expect(Number(localStorage.getItem('awake'))).toBeGreaterThan(0));
  });
});

describe('the bell of the session', () => {
  const rung = vi.mocked(setRinging);
  const rings = () => rung.mock.calls.at(-1);
  beforeEach(() => {
    rung.mockClear();
    sessionStorage.setItem('shift', 'yes');
  });
  afterEach(() => sessionStorage.clear());

  it('rings two minutes before the end, until a hand answers, and again when it came', () => {
    signedIn(3600, 121);
    render(<SessionBell />);
    expect(rings()).toBeUndefined();
    act(() => {
      lastAwake.value -= 2_000;
    });
    expect(rings()).toEqual(['session', true, expect.stringContaining('Sans geste')]);
    fireEvent.pointerDown(document.body);
    expect(rings()).toEqual(['session', false]);
    act(() => {
      me.value = null;
    });
    expect(rings()).toEqual(['session', true, expect.stringContaining('terminée')]);
    expect(screen.getByRole('alert').textContent).toContain('Reconnectez-vous');
    fireEvent.keyDown(document.body, { key: 'x' });
    expect(rings()).toEqual(['session', false]);
  });

  it('is silent where no shift was begun, and where nobody was signed in', () => {
    me.value = null;
    render(<SessionBell />);
    cleanup();
    sessionStorage.clear();
    signedIn(60, 1800);
    render(<SessionBell />);
    expect(rung).not.toHaveBeenCalledWith('session', true, expect.anything());
  });
});
