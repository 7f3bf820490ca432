/** Where access, looks and acts lie on the drawing: pure arithmetic, so that it can be tested. */
import type { Schemas } from '../../api/client';

export type Review = Schemas['ReviewView'];

/** From `left` to `left + width`, in thousandths of the drawing. */
export interface Span {
  left: number;
  width: number;
}

/** One camera of one grant: while it was granted, and while somebody looked. */
export interface Lane {
  key: string;
  camera: string;
  ref: string;
  granted: Span;
  looks: Span[];
}

export interface Drawing {
  startMs: number;
  endMs: number;
  lanes: Lane[];
  /** Where the minutes are written. */
  ticks: { at: number; minutes: number }[];
}

const WHOLE = 1000;
const MOST_TICKS = 8;
const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440];

/** Whether it is of an exercise: exercises are told apart from what was in earnest. */
export const exercised = ({ declaration, incidents }: Review): boolean =>
  (declaration ?? incidents[0])?.exercise ?? false;

/** The drawing of a review, from its beginning. While it goes on it ends now. */
export function drawn(review: Review): Drawing {
  const nowMs = Date.parse(review.server_time);
  const startMs = Date.parse(review.began_at);
  const lastMs = Math.max(startMs, ...review.moments.map((moment) => Date.parse(moment.at)));
  const { declaration, incidents } = review;
  const open = declaration ? declaration.ended_at === null : incidents.some((one) => one.closed_at === null);
  const endMs = Math.max(open ? nowMs : lastMs, startMs + 60_000);
  const at = (ms: number) => (WHOLE * (Math.min(Math.max(ms, startMs), endMs) - startMs)) / (endMs - startMs);
  const span = (from: string, to: string | null): Span => {
    const left = at(Date.parse(from));
    return { left, width: at(to === null ? nowMs : Date.parse(to)) - left };
  };
  const lanes = review.grants.flatMap((grant) =>
    grant.views.map((view) => ({
      key: `${grant.id} ${view.camera}`,
      camera: view.camera,
      ref: grant.ref,
      granted: span(grant.starts_at, view.ended_at ?? grant.ended_at),
      looks: review.looks
        .filter((look) => look.grant === grant.id && look.camera === view.camera)
        .map((look) => span(look.started_at, look.ended_at)),
    })),
  );
  const minutes = (endMs - startMs) / 60_000;
  const step = STEPS_MIN.find((one) => minutes / one <= MOST_TICKS) ?? minutes;
  const ticks = Array.from({ length: Math.floor(minutes / step) + 1 }, (_, n) => ({
    at: at(startMs + n * step * 60_000),
    minutes: n * step,
  }));
  return { startMs, endMs, lanes, ticks };
}
