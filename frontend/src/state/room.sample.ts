/** The room of tests, as the service tells it: nothing happens in it. */
import type { Schemas } from '../api/client';

export const quiet = (more: Partial<Schemas['Room']> = {}): Schemas['Room'] => ({
  as_of: 10,
  server_time: '2026-11-23T09:00:00Z',
  incidents: [],
  charges: [],
  requests: [],
  grants: [],
  crises: [],
  viewings: [],
  previews: [],
  sharing: [],
  escalations: [],
  pauses: [],
  failing: [],
  messages: [],
  persons: [],
  answer_median_s: null,
  ...more,
});
