import { Sheet } from '../../app/Sheet';
import { type Gap, gaps } from '../../state/gaps';
import { cameras } from '../../state/store';
import { second } from '../../state/time';
import { clockTime, seconds1, t } from '../../words';

/** Hundreds of rows after a bad night: they are made only while somebody reads them. */
export function GapList({ onClose }: { onClose(): void }) {
  return (
    <Sheet title={t('gapsTitle')} wide onClose={onClose}>
      <p class="muted">{t('gapsLead')}</p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{t('camera')}</th>
              <th>{t('gapFrom')}</th>
              <th>{t('gapTo')}</th>
              <th>{t('gapLength')}</th>
              <th>{t('gapWhy')}</th>
            </tr>
          </thead>
          <tbody>
            {gaps.value.map((gap) => (
              <Row key={`${gap.key} ${gap.fromMs}`} gap={gap} />
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  );
}

function Row({ gap }: { gap: Gap }) {
  const camera = cameras.value.get(gap.camera);
  return (
    <tr>
      <td>{camera === undefined ? gap.camera : `${camera.number} · ${camera.name}`}</td>
      <td class="num">{clockTime(gap.fromMs)}</td>
      <td class="num">{gap.toMs === null ? t('gapLasts') : clockTime(gap.toMs)}</td>
      <td class="num">{seconds1((gap.toMs ?? second.value) - gap.fromMs)}</td>
      <td>{t(`gap_${gap.why}`)}</td>
    </tr>
  );
}
