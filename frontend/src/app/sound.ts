/** What a room hears. Nothing sounds before somebody clicked "start of shift": browsers demand it. */
import { signal } from '@preact/signals';

export type Sound = 'locked' | 'ready' | 'suspended';
export type Tune = 'request' | 'exercise' | 'frozen' | 'automatic' | 'proposal' | 'session';

/** Whether the room can ring. */
export const sound = signal<Sound>('locked');
/** Whether a hidden page may call by a notification. */
export const notifying = signal<NotificationPermission | 'none'>(
  'Notification' in window ? Notification.permission : 'none',
);
/** Whether the screen stays awake; none: this browser cannot. */
export const awake = signal<'yes' | 'no' | 'none'>('wakeLock' in navigator ? 'no' : 'none');

const EVERY_MS = 2000;
/**
 * Hertz of the tones, one after the other: falling for a request, down and up for one of an exercise, low and flat
 * for a frozen picture, rising for what a declared crisis granted, up and down for one that is proposed,
 * falling by thirds for a session that ends, after which nothing rings.
 */
const TUNES: Record<Tune, readonly number[]> = {
  request: [880, 660],
  exercise: [659, 523, 659],
  frozen: [330, 330, 330],
  automatic: [520, 780, 1040],
  proposal: [660, 880, 660],
  session: [784, 659, 523, 440],
};

/** Rising, unlike what rings. */
const MESSAGE_HZ = [587, 784];
const LOUD = 0.25;
const QUIET = 0.06;

let context: AudioContext | null = null;
interface Ringing {
  timer: number;
  words: string;
  /** What it rings for. */
  of: readonly string[];
}
const ringing = new Map<Tune, Ringing>();

function beep(at: AudioContext, start: number, hertz: number, loud = LOUD): void {
  const tone = at.createOscillator();
  const level = at.createGain();
  tone.frequency.value = hertz;
  level.gain.setValueAtTime(0.0001, start);
  level.gain.exponentialRampToValueAtTime(loud, start + 0.02);
  level.gain.exponentialRampToValueAtTime(0.0001, start + 0.28);
  tone.connect(level).connect(at.destination);
  tone.start(start);
  tone.stop(start + 0.3);
}

function ring(tune: Tune): void {
  const at = context;
  if (at === null) return;
  TUNES[tune].forEach((hertz, n) => {
    beep(at, at.currentTime + n * 0.32, hertz);
  });
}

/** A message came, or a crisis is over: once, softly; with a notification that does not show its words when the page is hidden. */
export function chime(words: string): void {
  const at = context;
  if (at !== null) {
    MESSAGE_HZ.forEach((hertz, n) => {
      beep(at, at.currentTime + n * 0.16, hertz, QUIET);
    });
  }
  callHidden('message', words);
}

/** In this tab a shift was begun. */
const BEGUN = 'shift';
export const shiftBegun = (): boolean => sessionStorage.getItem(BEGUN) !== null;
/** A browser that cannot play does not always say so. */
const RESUME_MS = 1000;

async function unlock(): Promise<void> {
  context ??= new AudioContext();
  const at = context;
  const said = () => {
    sound.value = at.state === 'running' ? 'ready' : 'suspended';
  };
  at.onstatechange = said;
  await Promise.race([at.resume(), new Promise((done) => setTimeout(done, RESUME_MS))]);
  said();
}

/** A page that was loaded anew during a shift is mute until it is touched: the first key or click gives it its bell back. */
if (shiftBegun()) {
  const again = () => {
    removeEventListener('pointerdown', again);
    removeEventListener('keydown', again);
    if (context === null) void unlock().then(stayAwake);
  };
  addEventListener('pointerdown', again);
  addEventListener('keydown', again);
}

/** Start of shift: unlock sound and notifications, keep the screen awake, play the test tone. */
export async function startShift(): Promise<void> {
  sessionStorage.setItem(BEGUN, 'yes');
  await unlock();
  ring('request');
  if (notifying.value === 'default')
    void Notification.requestPermission().then((answer) => {
      notifying.value = answer;
    });
  await stayAwake();
}

let staying = false;

/** A screen that sleeps shows no request. The browser drops the lock when the page is hidden: take it again. */
async function stayAwake(): Promise<void> {
  if (!('wakeLock' in navigator) || staying) return;
  staying = true;
  const take = async () => {
    try {
      const lock = await navigator.wakeLock.request('screen');
      awake.value = 'yes';
      lock.onrelease = () => {
        awake.value = 'no';
      };
    } catch {
      awake.value = 'no'; // refused, as on low battery
    }
  };
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void take();
  });
  await take();
}

/**
 * Ring every 2 s until told otherwise. A hidden page notifies when it begins, when it is hidden while something rings, and
 * for each thing that is new in `of` meanwhile.
 */
export function setRinging(tune: Tune, on: boolean, words = '', of: readonly string[] = []): void {
  const before = ringing.get(tune);
  if (!on) {
    clearInterval(before?.timer);
    ringing.delete(tune);
    return;
  }
  const timer = before?.timer ?? window.setInterval(() => ring(tune), EVERY_MS);
  ringing.set(tune, { timer, words, of });
  if (before === undefined) ring(tune);
  if (before === undefined || of.some((one) => !before.of.includes(one))) callHidden(tune, words);
}

document.addEventListener('visibilitychange', () => {
  for (const [tune, { words }] of ringing) callHidden(tune, words);
});

function callHidden(tag: string, words: string): void {
  if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return;
  // The same tag replaces the one before, silently unless told otherwise; TypeScript knows no `renotify`.
  new Notification('CrisisLink', { body: words, tag, renotify: true } as NotificationOptions);
}
