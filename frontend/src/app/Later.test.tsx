import { act, cleanup, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { later, useLate } from './Later';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
const after = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms).then(() => undefined));

/** Not there while the service restarts: twice. */
const late = () =>
  vi
    .fn<() => Promise<() => string>>()
    .mockRejectedValueOnce(new TypeError('no module'))
    .mockRejectedValueOnce(new TypeError('no module'))
    .mockResolvedValue(() => 'The page');

test('a page whose code cannot be had says so, and comes by itself', async () => {
  const load = late();
  const Page = later(load);
  render(<Page />);
  expect(screen.getByRole('status').textContent).toContain('Chargement');
  await after(100);
  expect(screen.getByRole('alert').textContent).toContain('rechargez');
  await after(5_000);
  expect(screen.queryByText('The page')).toBeNull();
  await after(5_000);
  expect(screen.getByText('The page')).toBeTruthy();
  await after(60_000);
  expect(load).toHaveBeenCalledTimes(3);
});

test('what nobody wants yet, or any more, is not asked for', async () => {
  const load = late();
  const Part = ({ wanted }: { wanted: boolean }) => {
    const { part, lost } = useLate(load, wanted);
    return <p>{part === null ? String(lost) : part()}</p>;
  };
  const { rerender } = render(<Part wanted={false} />);
  await after(10_000);
  expect(load).not.toHaveBeenCalled();
  rerender(<Part wanted />);
  await after(100);
  rerender(<Part wanted={false} />);
  await after(10_000);
  expect(load).toHaveBeenCalledTimes(1);
  rerender(<Part wanted />);
  await after(5_100);
  expect(screen.getByText('The page')).toBeTruthy();
});
