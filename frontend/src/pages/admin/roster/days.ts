/** A day as the API writes it, for people: `2026-11-23 08:00:12` → `23/11/2026 08:00`. */
export function day(written: string | null): string {
  return (written ?? '').replace(/^(\d{4})-(\d\d)-(\d\d)/, '$3/$2/$1').replace(/(\d\d:\d\d):[\d.]+$/, '$1');
}

/** The day alone, for a date field. */
export const dateOf = (written: string): string => written.slice(0, 10);

/** So many years later, the day before. */
export function inYears(today: string, years: number): string {
  const end = new Date(`${dateOf(today)}T00:00:00Z`);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  end.setUTCDate(end.getUTCDate() - 1);
  return end.toISOString().slice(0, 10);
}
