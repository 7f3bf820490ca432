import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Told, Wish } from './feeds';
import { Player } from './player';

class HeldWorker {
  onmessage: ((event: MessageEvent<Told>) => void) | null = null;
  readonly wishes: Wish[] = [];
  ended = false;
  postMessage(wish: Wish): void {
    this.wishes.push(wish);
  }
  terminate(): void {
    this.ended = true;
  }
  say(told: Told): void {
    this.onmessage?.({ data: told } as MessageEvent<Told>);
  }
}

describe('the player worker', () => {
  const workers: HeldWorker[] = [];
  const hire = () => {
    workers.push(new HeldWorker());
    return workers.at(-1) as HeldWorker;
  };
  const current = () => workers.at(-1) as HeldWorker;
  beforeEach(() => {
    workers.length = 0;
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it('tells each picture its own state', () => {
    const player = new Player(hire);
    const [a, b] = [vi.fn(), vi.fn()];
    player.sit({ told: a, reopen: vi.fn() });
    const second = player.sit({ told: b, reopen: vi.fn() });
    current().say({ kind: 'state', id: second, state: { kind: 'paused' } });
    expect(a).not.toHaveBeenCalled();
    expect(b).toHaveBeenCalledWith({ kind: 'paused' });
  });

  it('that falls silent for two seconds is replaced, and its pictures open again', () => {
    const player = new Player(hire);
    const reopen = vi.fn();
    player.sit({ told: vi.fn(), reopen });
    for (let n = 0; n < 6; n++) {
      vi.advanceTimersByTime(500);
      current().say({ kind: 'beat' });
    }
    expect(reopen).not.toHaveBeenCalled();
    const silent = current();
    vi.advanceTimersByTime(2_000);
    expect(workers).toHaveLength(1);
    vi.advanceTimersByTime(250);
    expect(silent.ended).toBe(true);
    expect(workers).toHaveLength(2);
    expect(reopen).toHaveBeenCalledOnce();
  });

  it('is given ten seconds to load', () => {
    const player = new Player(hire);
    player.sit({ told: vi.fn(), reopen: vi.fn() });
    vi.advanceTimersByTime(9_750);
    expect(workers).toHaveLength(1);
    vi.advanceTimersByTime(250);
    expect(workers).toHaveLength(2);
  });

  it('that twice never came is asked for again, and who waits is told to reload', () => {
    const player = new Player(hire);
    const told = vi.fn();
    const id = player.sit({ told, reopen: vi.fn() });
    vi.advanceTimersByTime(10_000);
    expect(told).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveBeenCalledExactlyOnceWith({ kind: 'unsupported', why: 'worker' });
    expect(workers).toHaveLength(3);
    current().say({ kind: 'state', id, state: { kind: 'paused' } });
    expect(told).toHaveBeenLastCalledWith({ kind: 'paused' });
    for (let n = 0; n < 9; n++) vi.advanceTimersByTime(250); // what came and died is no code that is missing
    expect(workers).toHaveLength(4);
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveBeenCalledTimes(2);
  });

  it('is not blamed for a page that slept', () => {
    const player = new Player(hire);
    const reopen = vi.fn();
    player.sit({ told: vi.fn(), reopen });
    current().say({ kind: 'beat' });
    vi.setSystemTime(Date.now() + 60_000); // the clock went on, no timer ran
    vi.advanceTimersByTime(500);
    current().say({ kind: 'beat' });
    expect(reopen).not.toHaveBeenCalled();
  });

  it('that was replaced says nothing any more', () => {
    const player = new Player(hire);
    const told = vi.fn();
    const id = player.sit({ told, reopen: vi.fn() });
    const old = current();
    old.say({ kind: 'beat' });
    vi.advanceTimersByTime(2_000);
    expect(workers).toHaveLength(1);
    vi.advanceTimersByTime(250);
    expect(old.ended).toBe(true);
    old.say({ kind: 'state', id, state: { kind: 'paused' } });
    expect(told).not.toHaveBeenCalled();
  });

  it('sends nothing to a page that was hidden when its first picture opened', () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    new Player(hire);
    vi.advanceTimersByTime(4_900);
    expect(current().wishes).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(current().wishes).toEqual([{ kind: 'hidden', hidden: true }]);
    vi.restoreAllMocks();
  });

  it('sends nothing to a page that is hidden for five seconds, and goes on when it is seen again', () => {
    new Player(hire);
    const turn = (hidden: boolean) => {
      vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
      document.dispatchEvent(new Event('visibilitychange'));
    };
    turn(true);
    vi.advanceTimersByTime(4_900);
    expect(current().wishes).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(current().wishes).toEqual([{ kind: 'hidden', hidden: true }]);
    turn(false);
    expect(current().wishes.at(-1)).toEqual({ kind: 'hidden', hidden: false });
    vi.restoreAllMocks();
  });
});
