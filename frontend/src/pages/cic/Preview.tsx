/** In the open card: the picture as the hospital would get it, before anything is decided. It ends by itself. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { St } from '../../app/St';
import type { PlayerState } from '../../player/contract';
import { LiveCanvas } from '../../player/LiveCanvas';
import type { Request } from '../../state/room';
import { cameras, organisationOf } from '../../state/store';
import { now } from '../../state/time';
import { t, tCode } from '../../words';
import { type Look, playerLook } from '../samu/look';
import { LiveMiddle } from '../samu/TileWords';
import { type Asked, leftMs, type Seen, see, ticked, told } from './preview';

interface Props {
  request: Request;
  asked: Asked;
  onLook(camera: string): void;
  onClose(): void;
}

export function Preview({ request, asked, onLook, onClose }: Props) {
  const [kept, setSeen] = useState<Seen>({ kind: 'opening' });
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), []);
  useEffect(() => {
    let wanted = true;
    setSeen({ kind: 'opening' });
    void see(request.id, asked.camera).then((seen) => {
      if (wanted) setSeen(seen);
    });
    return () => {
      wanted = false;
    };
  }, [request.id, asked]);
  const seen = ticked(kept, now.value);
  const who = organisationOf(request.beneficiary)?.short_name ?? '';
  const camera = cameras.value.get(asked.camera);
  const look = lookOf(seen);
  return (
    <section class="preview" ref={box} aria-label={t('previewTitle', { who })}>
      <header>
        <b>
          {t('previewTitle', { who })}
          {seen.kind === 'open' && (
            <span class="num"> · {Math.ceil(leftMs(seen.preview, now.value) / 1000)} s</span>
          )}
        </b>
        <button type="button" class="btn sm" onClick={onClose}>
          {t('close')} <kbd>{t('escape')}</kbd>
        </button>
      </header>
      <div class="others">
        <span>{t('previewWhich')}</span>
        <div class="seg">
          {request.cameras.map((id) => (
            <button
              key={id}
              type="button"
              class="num"
              aria-pressed={id === asked.camera}
              aria-label={t('previewFor', { camera: cameras.value.get(id)?.name ?? id })}
              onClick={() => onLook(id)}
            >
              {cameras.value.get(id)?.number}
            </button>
          ))}
        </div>
      </div>
      <div class={`tile ${look.kind}`}>
        {seen.kind === 'open' && (
          <LiveCanvas
            key={seen.preview.id}
            grant={seen.preview.id}
            camera={seen.preview.camera}
            ticket={seen.ticket}
            rendition="wall"
            label={t('previewFor', { camera: camera?.name ?? '' })}
            onState={(player) => setSeen((before) => told(before, player))}
          />
        )}
        <Middle seen={seen} onAgain={() => onLook(asked.camera)} />
        <div class="cap">
          <b class="num">{camera?.number}</b>
          <span class="nm">{camera?.name}</span>
          <St kind={look.kind}>{t(look.word)}</St>
        </div>
      </div>
      <p class="muted">{t('previewWhy')}</p>
    </section>
  );
}

function lookOf(seen: Seen): Look {
  switch (seen.kind) {
    case 'opening':
      return { kind: 'ok', word: 'stConnecting' };
    case 'open':
      return playerLook(seen.player ?? { kind: 'connecting', sinceMs: 0 });
    case 'refused':
      return { kind: 'off', word: 'previewRefused' };
    case 'over':
      return { kind: 'off', word: 'stEnded' };
  }
}

/** What is said where there is no picture, also to who cannot see that there is none. */
function Middle({ seen, onAgain }: { seen: Seen; onAgain(): void }) {
  if (seen.kind === 'open') return seen.player && <LiveMiddle player={quiet(seen.player)} />;
  return (
    <div class="mid" role={seen.kind === 'refused' ? 'alert' : 'status'}>
      {seen.kind === 'opening' && <strong>{t('previewOpening')}</strong>}
      {seen.kind === 'refused' && (
        <>
          <strong>{t('previewRefused')}</strong>
          <span>{seen.words}</span>
        </>
      )}
      {seen.kind === 'over' && (
        <>
          <strong>{t('previewOver')}</strong>
          <span>{tCode('previewEnd_', seen.reason, 'previewEnd_other')}</span>
          <button type="button" class="btn" onClick={onAgain}>
            {t('previewAgain')}
          </button>
        </>
      )}
    </div>
  );
}

/** A preview has one connection: what looks for another is on its way to the end. */
const quiet = (player: PlayerState): PlayerState =>
  player.kind === 'reconnecting' ? { kind: 'connecting', sinceMs: 0 } : player;
