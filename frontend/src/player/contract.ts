/** What the pages know of the player: what a tile shows, and why. */
import type { Ticket } from './ticket';

export type Rendition = 'focus' | 'wall';
/** What a slow line may get instead: the server steps down and climbs again by itself. */
export type Served = Rendition | 'focus_low' | 'wall_low';
export type Cause =
  | 'unreachable'
  | 'not_allowed'
  | 'auth'
  | 'not_found'
  | 'codec'
  | 'protocol'
  | 'garbage'
  | 'restarting';
export type Suspect = 'black' | 'frozen' | 'damaged';
export type StaleLevel = 'grey' | 'alarm' | 'hidden';

export type PlayerState =
  | { kind: 'connecting'; sinceMs: number }
  | {
      kind: 'live';
      delayMs: number;
      captureMs: number;
      estimated: boolean;
      suspect: Suspect | null;
      served: Served | null;
    }
  | { kind: 'stale'; level: StaleLevel; ageMs: number; captureMs: number }
  | { kind: 'fault'; cause: Cause; ageMs: number | null }
  | { kind: 'paused' }
  | { kind: 'reconnecting'; attempt: number }
  | { kind: 'ended'; reason: string; retry: boolean }
  | { kind: 'unsupported'; why: 'insecure' | 'webcodecs' | 'worker' };

export interface LiveCanvasProps {
  grant: string;
  camera: string;
  rendition: Rendition;
  label: string;
  /** Of a page inside another's, which has no cookie. */
  token?: string;
  /** The only one there is (a preview's): no other is asked for. */
  ticket?: Ticket;
  onState(state: PlayerState): void;
}
