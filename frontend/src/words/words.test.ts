import { describe, expect, it } from 'vitest';
import { language, minutes, t } from '.';
import { en } from './en';
import { fr } from './fr';

describe('words', () => {
  it('exist in both languages, with the same placeholders', () => {
    const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(fr)) {
      const other = en[key as keyof typeof fr];
      expect(other.length, key).toBeGreaterThan(0);
      expect(holes(other), key).toEqual(holes(text));
    }
  });

  it('follow the language', () => {
    language.value = 'en';
    expect(t('k_incident.opened', { actor: 'A', number: '1' })).toBe('A opens incident 1');
    language.value = 'fr';
    expect(t('signOut')).toBe('Se déconnecter');
  });

  it('never say 0:00 while time is left', () => {
    expect([minutes(1), minutes(59_001), minutes(60_000), minutes(-5)]).toEqual([
      '0:01',
      '1:00',
      '1:00',
      '0:00',
    ]);
  });
});
