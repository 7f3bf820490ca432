import { api, body } from '../../api/client';
import { attempt } from '../../app/Failure';
import type { Incident } from '../../state/room';
import type { Tile } from '../../state/tiles';
import * as form from './form';

/** Open the incident if there is none yet, then ask. */
export async function submit(incident: Incident | null, ask: string[]): Promise<void> {
  const place = form.place.value;
  if (place === null || ask.length === 0) return;
  let id = incident?.id;
  if (id === undefined) {
    const opened = await body(
      api.POST('/api/incidents', {
        body: {
          nature: form.nature.value,
          mass_casualty: form.massCasualty.value,
          lat: place.lat,
          lon: place.lon,
          place_label: place.label.slice(0, 120),
          precision_m: place.precisionM,
          exercise: false,
        },
      }),
    );
    id = opened.id;
  }
  await body(
    api.POST('/api/requests', {
      body: {
        incident: id,
        cameras: ask,
        duration_s: form.durationMin.value * 60,
        intent: form.intent.value,
        purpose: 'rescue',
      },
    }),
  );
  form.picked.value = null;
  form.incidentId.value = id;
}

/** Give every running picture of these tiles back. */
export async function releaseAll(shown: readonly Tile[]): Promise<void> {
  const grants = new Set(shown.flatMap((tile) => (tile.kind === 'live' ? [tile.grant.id] : [])));
  for (const grant of grants) {
    await attempt(() =>
      body(api.POST('/api/grants/{grant}/release', { params: { path: { grant } }, body: {} })),
    );
  }
}
