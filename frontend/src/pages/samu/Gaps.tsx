import { useState } from 'preact/hooks';
import { useLate } from '../../app/Later';
import { gaps } from '../../state/gaps';
import { speakOfAll, t } from '../../words';

/** How often a picture failed in this session, and on demand when and for how long: what was not seen. */
export function Gaps() {
  const [open, setOpen] = useState(false);
  const { part, lost } = useLate(() => Promise.all([import('./GapList'), speakOfAll()]), open);
  const known = gaps.value;
  if (known.length === 0) return null;
  const lasting = known.some((gap) => gap.toMs === null);
  const List = part?.[0].GapList;
  return (
    <>
      <button
        type="button"
        class={`btn sm ${lasting ? 'no' : 'quiet'}`}
        title={lost ? t('pageLost') : undefined}
        onClick={() => setOpen(true)}
      >
        {t('gaps')} <b class="num">{known.length}</b>
      </button>
      {open && List && <List onClose={() => setOpen(false)} />}
    </>
  );
}
