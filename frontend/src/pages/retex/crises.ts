/** Which incidents are one crisis, and what a review is of: an incident, or the whole crisis it belongs to. */
import type { Schemas } from '../../api/client';

type Incident = Schemas['IncidentView'];

/** What was picked, as the address keeps it: `?incident=ID`, and `&crisis=1` for its whole crisis. */
export interface Picked {
  incident: string;
  crisis: boolean;
}

/** From the address. */
export const pickedIn = (search: string): Picked => {
  const said = new URLSearchParams(search);
  return { incident: said.get('incident') ?? '', crisis: said.get('crisis') === '1' };
};

/** For the address. */
export const addressOf = ({ incident, crisis }: Picked): string =>
  `?incident=${encodeURIComponent(incident)}${crisis ? '&crisis=1' : ''}`;

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
  const [first] = crises.find((of) => of.some((one) => one.id === picked.incident)) ?? [];
  return picked.crisis && first !== undefined
    ? addressOf({ incident: first.id, crisis: true })
    : addressOf({ ...picked, crisis: false });
}
