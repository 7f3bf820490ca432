import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Hold } from './Hold';

describe('the kill switch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });
  const shown = () => {
    const held = vi.fn();
    render(
      <Hold onHeld={held} disabled={false}>
        Tout couper
      </Hold>,
    );
    return { held, button: screen.getByRole('button') };
  };

  it('acts after one second, not before', () => {
    const { held, button } = shown();
    fireEvent.pointerDown(button);
    vi.advanceTimersByTime(999);
    expect(held).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(held).toHaveBeenCalledOnce();
  });

  it('is not held by another button of the mouse', () => {
    const { held, button } = shown();
    fireEvent.pointerDown(button, { button: 2 });
    vi.advanceTimersByTime(5000);
    expect(held).not.toHaveBeenCalled();
  });

  it('does nothing when let go early', () => {
    const { held, button } = shown();
    fireEvent.pointerDown(button);
    vi.advanceTimersByTime(900);
    fireEvent.pointerUp(button);
    vi.advanceTimersByTime(5000);
    expect(held).not.toHaveBeenCalled();
  });

  it('works by keyboard, and a repeating key is one hold', () => {
    const { held, button } = shown();
    fireEvent.keyDown(button, { key: ' ' });
    vi.advanceTimersByTime(500);
    fireEvent.keyDown(button, { key: ' ', repeat: true });
    vi.advanceTimersByTime(500);
    expect(held).toHaveBeenCalledOnce();
  });
});
