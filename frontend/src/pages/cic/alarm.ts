import { signal } from '@preact/signals';

export type Sound = 'locked' | 'ready' | 'suspended';

/** Whether the room can ring. Browsers allow sound only after somebody clicked. */
export const sound = signal<Sound>('locked');

let context: AudioContext | null = null;
let ringing = 0;

function beep(at: AudioContext, start: number, hertz: number): void {
  const tone = at.createOscillator();
  const level = at.createGain();
  tone.frequency.value = hertz;
  level.gain.setValueAtTime(0.0001, start);
  level.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
  level.gain.exponentialRampToValueAtTime(0.0001, start + 0.28);
  tone.connect(level).connect(at.destination);
  tone.start(start);
  tone.stop(start + 0.3);
}

function ring(): void {
  if (context === null) return;
  beep(context, context.currentTime, 880);
  beep(context, context.currentTime + 0.32, 660);
}

/** Start of shift: unlock the sound and play the test tone. */
export async function startShift(): Promise<void> {
  context ??= new AudioContext();
  context.onstatechange = () => {
    sound.value = context?.state === 'running' ? 'ready' : 'suspended';
  };
  await context.resume();
  sound.value = context.state === 'running' ? 'ready' : 'suspended';
  ring();
}

/** Ring every 2 s until told otherwise. */
export function setRinging(on: boolean): void {
  if (on === ringing > 0) return;
  clearInterval(ringing);
  ringing = on ? window.setInterval(ring, 2000) : 0;
  if (on) ring();
}
