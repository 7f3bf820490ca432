import { describe, expect, it } from 'vitest';
import { type Key, minutes, speak, t } from '.';
import { en } from './en';
import { fr } from './fr';
import { later } from './frlater';

describe('words', () => {
  it('exist in both languages, with the same placeholders', () => {
    const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries({ ...fr, ...later })) {
      const other = en[key as Key];
      expect(other.length, key).toBeGreaterThan(0);
      expect(holes(other), key).toEqual(holes(text));
    }
  });

  it('follow the language', async () => {
    await speak('en');
    expect(t('k_incident.opened', { actor: 'A', number: '1' })).toBe('A opens incident 1');
    await speak('fr');
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
