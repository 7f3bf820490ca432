import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** A browser that plays only once it was touched, as all of them do. */
class FakeAudio {
  state = 'suspended';
  onstatechange: (() => void) | null = null;
  currentTime = 0;
  destination = {};
  async resume() {
    this.state = 'running';
  }
  createOscillator() {
    const node = { frequency: {}, connect: () => node, start: () => {}, stop: () => {} };
    return node;
  }
  createGain() {
    const gain = { setValueAtTime: () => {}, exponentialRampToValueAtTime: () => {} };
    return { gain, connect: () => {} };
  }
}
vi.stubGlobal('AudioContext', FakeAudio);

async function fresh() {
  vi.resetModules();
  const { SoundBanner, ShiftButton } = await import('./Shift');
  const { sound } = await import('./sound');
  render(<SoundBanner />);
  return { sound, ShiftButton };
}

describe('a post that would not ring', () => {
  beforeEach(() => sessionStorage.clear());
  afterEach(cleanup);

  it('says so until the start of shift', async () => {
    await fresh();
    expect(screen.getByRole('status').textContent).toContain('muet');
    fireEvent.click(screen.getByRole('button', { name: /Activer le son/ }));
    await vi.waitFor(() => expect(screen.queryByRole('status')).toBeNull());
  });

  it('loaded anew during the shift rings again after the first key, with nothing clicked', async () => {
    sessionStorage.setItem('shift', 'yes');
    const { sound } = await fresh();
    expect(sound.value).toBe('locked');
    fireEvent.keyDown(document.body, { key: 'n' });
    await vi.waitFor(() => expect(sound.value).toBe('ready'));
  });
});

describe('the start of shift', () => {
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
    vi.stubGlobal('AudioContext', FakeAudio);
  });

  it('says of sound, notifications and screen whether they will do, and what to do where not', async () => {
    vi.stubGlobal('Notification', { permission: 'denied', requestPermission: async () => 'denied' });
    const { ShiftButton } = await fresh();
    render(<ShiftButton />);
    fireEvent.click(screen.getByRole('button', { name: '♪ Prise de poste' }));
    const dialog = document.querySelector('dialog') as HTMLDialogElement;
    await vi.waitFor(() => expect(dialog.open).toBe(true));
    expect(dialog.textContent).toContain('Son actif');
    expect(dialog.textContent).toContain('Notifications refusées');
    expect(dialog.textContent).toContain('à gauche de l’adresse');
    expect(dialog.textContent).toContain('Désactivez la mise en veille');
  });
});
