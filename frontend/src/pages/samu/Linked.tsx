import { useState } from 'preact/hooks';
import { Sheet } from '../../app/Sheet';
import type { Incident } from '../../state/room';
import { room } from '../../state/store';
import { t } from '../../words';
import { group } from './acts';
import { inGroup, openIncidents } from './onwall';

/** Which other incidents have the same cause: they share the wall. */
export function Linked({ incident }: { incident: Incident }) {
  const [shown, setShown] = useState(false);
  const others = openIncidents(room.value).filter(
    (other) => other.id !== incident.id && other.exercise === incident.exercise,
  );
  const size = inGroup(room.value, incident).length;
  const together = (other: Incident) => incident.crisis !== null && other.crisis === incident.crisis;
  return (
    <>
      <button type="button" class="link" onClick={() => setShown(true)}>
        {size > 1 ? t('linkedOf', { n: size }) : t('linkedChoose')}
      </button>
      <Sheet title={t('linkedTitle')} shown={shown} onClose={() => setShown(false)}>
        <p class="muted">{t('linkedLead')}</p>
        <div class="choices">
          {others.map((other) => (
            <label key={other.id} class="switch">
              <input
                type="checkbox"
                checked={together(other)}
                onChange={() => void group(other.id, together(other) ? null : incident.id)}
              />
              <span>
                {t('incident')} {other.number} · {other.place_label}
              </span>
            </label>
          ))}
          {others.length === 0 && <p>{t('linkedNone')}</p>}
        </div>
      </Sheet>
    </>
  );
}
