import type { Tile } from '../../state/tiles';
import { t } from '../../words';
import { withdraw } from './acts';
import { openHandover } from './Handover';
import { shortcuts } from './shortcuts';
import { Ending, Handed, Suspended, Waiting } from './TileWords';

/** What a tile without a picture says, and what can be done about it. */
export function Middle({ tile, onAskAgain }: { tile: Exclude<Tile, { kind: 'live' }>; onAskAgain(): void }) {
  return (
    <div class="mid">
      {tile.kind === 'waiting' ? (
        <>
          <Waiting tile={tile} />
          <button type="button" class="btn sm" onClick={() => void withdraw(tile.request.id)}>
            {t('cancelRequest')}
          </button>
        </>
      ) : tile.kind === 'suspended' ? (
        <Suspended tile={tile} />
      ) : tile.kind === 'handed' ? (
        <>
          <Handed tile={tile} />
          <button type="button" class="btn sm" onClick={() => openHandover(tile.grant.incident)}>
            {t('handoverTitle')} {shortcuts.value && <kbd>H</kbd>}
          </button>
        </>
      ) : (
        <>
          <Ending tile={tile} />
          <button type="button" class="btn sm" onClick={onAskAgain}>
            {t('askAgain')} {shortcuts.value && <kbd>R</kbd>}
          </button>
        </>
      )}
    </div>
  );
}
