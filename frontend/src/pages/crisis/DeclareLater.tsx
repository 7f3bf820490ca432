import { useLate } from '../../app/Later';
import type { Point } from '../../map/contract';
import { declares } from '../../state/crisis';
import { me } from '../../state/store';
import { speakOfAll, t } from '../../words';

interface Props {
  room: 'samu' | 'cic';
  at: Point | null;
}

/** The button to declare a crisis: its code comes for who may, after the room. */
export function DeclareLater(props: Props) {
  const who = me.value;
  const may = who != null && declares(who);
  const { part, lost } = useLate(() => Promise.all([import('./Declare'), speakOfAll()]), may);
  if (!may || (part === null && !lost)) return null;
  if (part !== null) {
    const [{ DeclareButton }] = part;
    return <DeclareButton {...props} />;
  }
  return (
    <button type="button" class="btn sm" disabled title={t('pageLost')}>
      {t('crisisDeclare')}
    </button>
  );
}
