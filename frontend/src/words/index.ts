/** Words, numbers and times in the person’s language. The times are Paris wall-clock time. */
import { computed, effect, signal } from '@preact/signals';
import { keep, kept } from '../state/kept';
import { fr, type Key } from './fr';

export type Language = 'fr' | 'en';
export type { Key } from './fr';

/** Each word delays the first page: English comes when somebody wants it, other pages' words with the page. */
const dictionaries = signal<Partial<Record<Language, Partial<Record<Key, string>>>>>({ fr });
export const language = signal<Language>('fr');
effect(() => {
  document.documentElement.lang = language.value;
});
const words = computed<Partial<Record<Key, string>>>(() => dictionaries.value[language.value] ?? fr);

/** The language that was chosen and whose words could not be had yet: they are asked for until they come. */
export const unspoken = signal<Language | null>(null);
const AGAIN_MS = 5_000;
let chosen: Language = 'fr';

/** From now on, and here from the next page on. Until its words are there all stays as it is, which is said. */
export async function speak(wanted: Language): Promise<void> {
  chosen = wanted;
  keep('language', wanted);
  try {
    if (wanted === 'en') dictionaries.value = { ...dictionaries.value, en: (await import('./en')).en };
  } catch {
    if (chosen !== wanted) return;
    unspoken.value = wanted;
    setTimeout(() => chosen === wanted && void speak(wanted), AGAIN_MS);
    return;
  }
  if (chosen !== wanted) return; // another was chosen meanwhile
  unspoken.value = null;
  language.value = wanted;
}

/** The words of the pages that come later. */
export async function speakOfAll(): Promise<void> {
  const { later } = await import('./frlater');
  dictionaries.value = { ...dictionaries.value, fr: { ...fr, ...later } };
}

/** The language this browser was left in. */
export const speakAsBefore = (): Promise<void> => speak(kept('language') === 'en' ? 'en' : 'fr');

/** The words for `key`, with {placeholders} filled. */
export function t(key: Key, facts: Record<string, string | number> = {}): string {
  return (words.value[key] ?? '').replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(facts[name] ?? whole),
  );
}

/** The words for a key made from a code of the API, or those of `fallback` when there are none. */
export function tCode(prefix: string, code: string, fallback: Key): string {
  const key = `${prefix}${code}`;
  return key in words.value ? t(key as Key) : t(fallback);
}

const locale = computed(() => (language.value === 'fr' ? 'fr-FR' : 'en-GB'));
const ZONE = 'Europe/Paris';
const clockFormat = computed(
  () =>
    new Intl.DateTimeFormat(locale.value, {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZone: ZONE,
    }),
);
const dayFormat = computed(
  () =>
    new Intl.DateTimeFormat(locale.value, {
      day: '2-digit',
      month: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZone: ZONE,
    }),
);
const oneDecimal = computed(
  () => new Intl.NumberFormat(locale.value, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
);

export const clockTime = (ms: number) => clockFormat.value.format(ms);
export const dayTime = (ms: number) => dayFormat.value.format(ms);
/** 2.25 → "×2,3". */
export const times1 = (factor: number) => `×${oneDecimal.value.format(factor)}`;
export const seconds1 = (ms: number) => `${oneDecimal.value.format(ms / 1000)} s`;

/** 754 000 → "12:34"; negative is "0:00". Rounded up: nobody reads 0:00 while a picture still runs. */
export function minutes(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** 1 → "1 caméra", 4 → "4 caméras". */
export const cameraCount = (n: number): string => `${n} ${plural(n, t('countCamera'), t('countCameras'))}`;

/** "caméra" or "caméras" and the like, by the language's own plural rule. */
export function plural(n: number, one: string, many: string): string {
  return new Intl.PluralRules(locale.value).select(n) === 'one' ? one : many;
}
