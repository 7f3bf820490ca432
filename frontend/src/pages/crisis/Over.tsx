/** Declared crises that ended a moment ago, and proposals nobody confirmed: why, and where to read them afterwards. */
import { useEffect } from 'preact/hooks';
import { chime } from '../../app/sound';
import type { Crisis } from '../../state/room';
import { nameOf } from '../../state/store';
import { type Key, t } from '../../words';

const told = new Set<string>();
const NEW_MS = 30_000;

interface Props {
  crises: readonly Crisis[];
  nowMs: number;
  onClose(id: string): void;
}

export const Over = ({ crises, nowMs, onClose }: Props) => (
  <>
    {crises.map((crisis) => (
      <One key={crisis.id} crisis={crisis} nowMs={nowMs} close={() => onClose(crisis.id)} />
    ))}
  </>
);

function One({ crisis, nowMs, close }: { crisis: Crisis; nowMs: number; close(): void }) {
  const words = t(`crisisOver_${crisis.state as 'ended' | 'declined' | 'lapsed'}`, { ref: crisis.ref });
  useEffect(() => {
    if (!told.has(crisis.id) && nowMs - Date.parse(crisis.ended_at ?? '') < NEW_MS) chime(words);
    told.add(crisis.id);
  }, []);
  const why =
    crisis.ended_by === null ? crisis.cause && t(`cause_${crisis.cause}` as Key) : nameOf(crisis.ended_by);
  return (
    <p class="banner over" role="status">
      {crisis.exercise && <b class="pill exercise">{t('exercise')}</b>}
      <b>{words}</b>
      {why && <span>{why}</span>}
      <span class="spacer" />
      <a class="btn sm" href={`/retex?declaration=${crisis.id}`} target="_blank" rel="noreferrer">
        {t('retex')}
      </a>
      <button type="button" class="btn sm quiet" onClick={close}>
        {t('close')}
      </button>
    </p>
  );
}
