/** What our page and the dispatch software's say to each other, over a port that both gave away once. */

/** The first words, by `postMessage` between the windows; all else goes over the port. */
export type Ready = 'crisislink:ready';
export type Connect = 'crisislink:connect';

/** How the panel is to look, and of which case the page around it speaks. */
export interface Setting {
  theme: string | null;
  language: string | null;
  incident: string | null;
  caseRef: string | null;
}

/** From the dispatch software's page. */
export type Told = { type: 'setting'; setting: Setting } | { type: 'code'; code: string };

export interface ShownView {
  camera: number | null;
  name: string;
  /** `live`, `wait`, `exp`, `stale`, `ok`, `off`, `idle`: as the tile's own mark. */
  state: string;
  endsAt: string | null;
}

/** To it. Never a picture, a token or a person. */
export type Said =
  | { type: 'launch'; reason: 'opened' | 'case' | 'over' | 'again' }
  | { type: 'state'; incident: string; caseRef: string | null; views: ShownView[] }
  | { type: 'over'; code: string };
