import { useState } from 'preact/hooks';
import { useLate } from '../../app/Later';
import { justOver } from '../../state/crisis';
import { room } from '../../state/store';
import { second } from '../../state/time';
import { speakOfAll } from '../../words';

/** What is said of a crisis once it is over: its code comes when one is. */
export function OverLater() {
  const [closed, setClosed] = useState<readonly string[]>([]);
  const over = justOver(room.value, second.value).filter(({ id }) => !closed.includes(id));
  const { part } = useLate(() => Promise.all([import('./Over'), speakOfAll()]), over.length > 0);
  if (part === null || over.length === 0) return null;
  const [{ Over }] = part;
  return <Over crises={over} nowMs={second.value} onClose={(id) => setClosed([...closed, id])} />;
}
