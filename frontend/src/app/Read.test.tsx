import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Refused } from '../api/client';
import { Read, useReading } from './Read';

type Answer = { resolve(it: string): void; reject(error: Refused): void };
const asked: Answer[] = [];
const read = () => new Promise<string>((resolve, reject) => asked.push({ resolve, reject }));
const last = () => asked[asked.length - 1] as Answer;

function Page({ of }: { of: string }) {
  return <Read of={useReading(of, read)}>{(it) => <b>{it}</b>}</Read>;
}

describe('a page that reads', () => {
  afterEach(cleanup);

  it('says that it loads, that it could not, and reads again by hand', async () => {
    render(<Page of="a" />);
    expect(screen.getByRole('status').textContent).toBe('Chargement…');
    last().reject(new Refused(0, null));
    expect((await screen.findByRole('alert')).textContent).toContain('Vérifiez le réseau');
    fireEvent.click(screen.getByRole('button', { name: 'Réessayer' }));
    await screen.findByRole('status');
    last().resolve('lu');
    await screen.findByText('lu');
  });

  it('says the service’s own words', async () => {
    render(<Page of="a" />);
    const problem = { title: 'Introuvable', detail: 'Choisissez un autre incident.' };
    last().reject(new Refused(404, problem as never));
    expect((await screen.findByRole('alert')).textContent).toContain('Choisissez un autre incident.');
  });

  it('shows nothing of what was asked before', async () => {
    const { rerender } = render(<Page of="a" />);
    const first = last();
    rerender(<Page of="b" />);
    await vi.waitFor(() => expect(last()).not.toBe(first));
    last().resolve('second');
    await screen.findByText('second');
    first.resolve('first');
    await Promise.resolve();
    expect(screen.queryByText('first')).toBeNull();
    rerender(<Page of="c" />);
    expect((await screen.findByRole('status')).textContent).toBe('Chargement…');
  });
});
