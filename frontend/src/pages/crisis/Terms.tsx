import { useMemo } from 'preact/hooks';
import { zoneOf } from '../../state/crisis';
import type { Crisis } from '../../state/room';
import { cameras, nameOf, organisationOf } from '../../state/store';
import { cameraCount, clockTime, type Key, t } from '../../words';
import { asMapCamera, quarters, RoomMap } from '../RoomMap';

/** All that a declaration says, on the map and in words: what who confirms it reads before. */
export function Terms({ crisis, room }: { crisis: Crisis; room: 'samu' | 'cic' }) {
  const known = cameras.value;
  const shown = useMemo(
    () =>
      crisis.cameras.flatMap((id) => {
        const camera = known.get(id);
        return camera === undefined ? [] : asMapCamera(camera, 'wait', camera.number);
      }),
    [crisis.cameras, known],
  );
  const zones = useMemo(() => [zoneOf(crisis)], [crisis]);
  const named = useMemo(() => quarters(known.values()), [known]);
  return (
    <div class="terms">
      <RoomMap
        room={room}
        cameras={shown}
        place={null}
        ringsM={[]}
        quarters={named}
        zones={zones}
        fit="zones"
      />
      <div class="said">
        {crisis.exercise && <p class="banner exercise">{t('exercise')}</p>}
        <dl class="kv">
          <dt>{t('crisisBetween')}</dt>
          <dd>
            {organisationOf(crisis.beneficiary)?.short_name} · {organisationOf(crisis.owner)?.short_name}
          </dd>
          <dt>{t('crisisBy')}</dt>
          <dd>{[nameOf(crisis.by_hospital), nameOf(crisis.by_city)].filter(Boolean).join(' · ')}</dd>
          <dt>{t('crisisPerimeter')}</dt>
          <dd>
            {crisis.perimeter.radius_m
              ? t('crisisCircleOf', { n: crisis.perimeter.radius_m })
              : t('crisisRingOf', { n: crisis.perimeter.points.length })}
          </dd>
          <dt>{t('crisisPurposes')}</dt>
          <dd>{crisis.purposes.map((one) => t(`purpose_${one}` as Key)).join(', ')}</dd>
          <dt>{t('crisisGrant')}</dt>
          <dd class="num">{Math.round(crisis.grant_s / 60)} min</dd>
          <dt>{t('crisisEnd')}</dt>
          <dd class="num">{clockTime(Date.parse(crisis.ends_at))}</dd>
        </dl>
        <h3>{cameraCount(crisis.cameras.length)}</h3>
        <ul class="cams">
          {crisis.cameras.map((id) => (
            <li key={id}>
              <b class="num">{known.get(id)?.number}</b> {known.get(id)?.name}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
