/** Which incidents are one crisis, and what a review is of: an incident, all it is linked to, or a declared crisis. */
import type { Schemas } from '../../api/client';

type Incident = Schemas['IncidentView'];

/**
 * What was picked, as the address keeps it: `?incident=ID`, with `&crisis=1` for all that are linked to it, or
 * `?declaration=ID` for a declared crisis.
 */
export type Picked = { incident: string; crisis: boolean } | { declaration: string };

/** From the address; null: it says nothing. */
export function pickedIn(search: string): Picked | null {
  const said = new URLSearchParams(search);
  const [declaration, incident] = [said.get('declaration'), said.get('incident')];
  if (declaration) return { declaration };
  return incident ? { incident, crisis: said.get('crisis') === '1' } : null;
}

/** For the address. */
export const addressOf = (picked: Picked): string =>
  'declaration' in picked
    ? `?declaration=${encodeURIComponent(picked.declaration)}`
    : `?incident=${encodeURIComponent(picked.incident)}${picked.crisis ? '&crisis=1' : ''}`;

/** The crises of several of these incidents; in each, whichever was opened first comes first. */
export function crisesOf(incidents: readonly Incident[]): Incident[][] {
  const found = new Map<string, Incident[]>();
  for (const one of incidents.filter((it) => it.crisis !== null))
    found.set(one.crisis ?? '', [...(found.get(one.crisis ?? '') ?? []), one]);
  return [...found.values()]
    .filter((of) => of.length > 1)
    .map((of) => of.sort((a, b) => Date.parse(a.opened_at) - Date.parse(b.opened_at)));
}

/** The entry of the list that stands for what was picked: a crisis under its first incident, whichever was named. */
export function entryOf(picked: Picked, crises: readonly Incident[][]): string {
  if ('declaration' in picked) return addressOf(picked);
  const [first] = crises.find((of) => of.some((one) => one.id === picked.incident)) ?? [];
  return picked.crisis && first !== undefined
    ? addressOf({ incident: first.id, crisis: true })
    : addressOf({ ...picked, crisis: false });
}
