import { useEffect, useRef, useState } from 'preact/hooks';
import { distanceWords } from '../../state/distance';
import type { Request } from '../../state/room';
import { resumed } from '../../state/stepup';
import { cameras, me, organisationOf, room } from '../../state/store';
import { cameraCount, t } from '../../words';
import { keyOf, modified, shortcuts } from '../samu/shortcuts';
import { Asking } from './Asking';
import { approve, type Given, type RefusalReason, refuse } from './decide';
import { Preview } from './Preview';
import { type Asked, following } from './preview';
import { RefusalDialog } from './RefusalDialog';
import { SETTLE_MS } from './taken';

const DURATIONS = [5, 10, 15, 20, 30, 60];
/**
 * One for each camera of the longest request. With Shift a digit of AZERTY is that digit, so the tenth goes on with
 * letters: under the right hand on either layout, away from A, which approves, and S, which suspends a crisis.
 */
const CAMERA_KEYS = '123456789ghijklm';
const MOVES: ReadonlySet<string> = new Set(['ArrowUp', 'ArrowDown']);

interface Props {
  request: Request;
  current: boolean;
  /** The card took the place of one that a colleague decided: until its person acts, keys only move. */
  held?: boolean;
  /** The arrow that opens it from the current card; none: no arrow does. */
  arrow?: '↑' | '↓' | null;
  onFocus(): void;
  onMove(by: number): void;
}

/** One request: what is asked and why, what to give, and the decision. Keys act in the focused card only. */
export function RequestCard({ request, current, held = false, arrow = null, onFocus, onMove }: Props) {
  const asked = Math.round(request.duration_s / 60);
  const [before] = useState(() => resumed<Given>(request.id));
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set(before?.cameras ?? request.cameras));
  const [granted, setGranted] = useState(before?.minutes ?? asked);
  const [busy, setBusy] = useState(false);
  const [preview, setPreview] = useState<Asked | null>(null);
  const refusal = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!current) setPreview(null); // who comes back presses again: each look is an entry
  }, [current]);
  const { card, settled } = useTakesFocus(current);
  const decide = async (act: () => Promise<boolean>) => {
    refusal.current?.close();
    setBusy(true);
    await act();
    setBusy(false);
  };
  const yes = () => decide(() => approve(request, { cameras: [...kept], minutes: granted }));
  const decides = me.value?.roles.includes('room_supervisor') ?? false;
  const look = (camera: string | undefined) => setPreview(camera === undefined ? null : { camera });
  const lookOn = () => look(following(request.cameras, kept, preview?.camera ?? null));
  const keys: Record<string, () => void> = {
    a: () => {
      if (decides && kept.size > 0 && !busy) void yes();
    },
    r: () => {
      if (decides && !busy) refusal.current?.showModal();
    },
    arrowdown: () => onMove(1),
    arrowup: () => onMove(-1),
    arrowleft: () => setGranted(step(asked, granted, -1)),
    arrowright: () => setGranted(step(asked, granted, 1)),
    v: lookOn,
  };
  if (preview !== null) keys.escape = () => setPreview(null);
  if (request.extends === null) {
    keys.t = () => setKept(new Set(request.cameras));
    keys['0'] = () => setKept(new Set());
    request.cameras.slice(0, CAMERA_KEYS.length).forEach((camera, n) => {
      keys[CAMERA_KEYS.charAt(n)] = () => setKept(toggled(kept, camera));
    });
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const single = event.key.length === 1;
    if (single && !shortcuts.value) return; // the card takes the focus by itself (WCAG 2.1.4)
    if (refusal.current?.open || event.repeat || modified(event)) return;
    const act = keys[keyOf(event).toLowerCase()];
    const field = event.target instanceof HTMLInputElement && event.key.startsWith('Arrow');
    if (act === undefined || !current || field) return;
    event.preventDefault();
    if (settled() && (!held || MOVES.has(event.key))) act();
  };
  const hospital = organisationOf(request.beneficiary)?.short_name ?? '';
  const hints = current && shortcuts.value;
  const what = current ? cameraCount(kept.size) : kept.size;
  const grant = (request.extends !== null && room.value?.grants.get(request.extends)) || null;
  return (
    <article
      ref={card}
      class={`req ${current ? 'cur' : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the card takes the keys A and R while it has the focus
      tabIndex={0}
      aria-label={labelOf(request)}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      <Asking request={request} grant={grant} asked={asked} />
      {current && (
        <>
          <Cameras request={request} kept={kept} onKept={setKept} />
          <Duration asked={asked} granted={granted} onGranted={setGranted} />
          {preview === null ? (
            <button type="button" class="btn sm" onClick={lookOn}>
              {t('previewTitle', { who: hospital })} {hints && <kbd>V</kbd>}
            </button>
          ) : (
            <Preview request={request} asked={preview} onLook={look} onClose={() => setPreview(null)} />
          )}
          {!decides && <p class="muted">{t('decidesOther')}</p>}
        </>
      )}
      <div class="acts">
        {!current && (
          <button type="button" class="btn" onClick={onFocus}>
            {t('openCard')} {arrow && <kbd>{arrow}</kbd>}
          </button>
        )}
        <button
          type="button"
          class="btn ok"
          disabled={busy || !decides || kept.size === 0}
          onClick={() => void yes()}
        >
          ✓ {request.extends === null ? `${t('approve')} ${what}` : t('extends')} {hints && <kbd>A</kbd>}
        </button>
        <button
          type="button"
          class="btn no"
          disabled={busy || !decides}
          onClick={() => refusal.current?.showModal()}
        >
          {t('refuse')} {hints && <kbd>R</kbd>}
        </button>
      </div>
      <RefusalDialog
        dialog={refusal}
        onRefuse={(reason: RefusalReason) => void decide(() => refuse(request, reason))}
      />
    </article>
  );
}

/** What is heard when the focus comes to the card. */
function labelOf(request: Request): string {
  const incident = room.value?.incidents.get(request.incident);
  const said = [
    t(request.extends === null ? 'requestOne' : 'extension'),
    organisationOf(request.beneficiary)?.short_name,
    incident?.place_label,
    cameraCount(request.cameras.length),
  ];
  return said.filter(Boolean).join(', ');
}

/** The current card has the focus, unless the person is busy elsewhere (holding a switch, in a dialog). */
function useTakesFocus(current: boolean) {
  const card = useRef<HTMLElement>(null);
  const since = useRef(Number.POSITIVE_INFINITY);
  useEffect(() => {
    since.current = current ? performance.now() : Number.POSITIVE_INFINITY;
    const at = document.activeElement;
    if (
      current &&
      (at === document.body || at === null || (at.matches('.req, .req *') && !card.current?.contains(at)))
    )
      card.current?.focus();
  }, [current]);
  return { card, settled: () => performance.now() - since.current > SETTLE_MS };
}

function toggled(kept: ReadonlySet<string>, camera: string): ReadonlySet<string> {
  const next = new Set(kept);
  if (!next.delete(camera)) next.add(camera);
  return next;
}

/** What may be given: the time asked, or less. */
const durations = (asked: number): number[] => [...DURATIONS.filter((minutes) => minutes < asked), asked];

/** The next shorter or longer time. */
function step(asked: number, granted: number, by: -1 | 1): number {
  const all = durations(asked);
  return all[all.indexOf(granted) + by] ?? granted;
}

interface CamerasProps {
  request: Request;
  kept: ReadonlySet<string>;
  onKept(kept: ReadonlySet<string>): void;
}

function Cameras({ request, kept, onKept }: CamerasProps) {
  const incident = room.value?.incidents.get(request.incident);
  return (
    <fieldset class="cams">
      <legend class="sr">{t('cameras')}</legend>
      {request.cameras.map((id, n) => {
        const camera = cameras.value.get(id);
        return (
          <label key={id} class={`chip ${kept.has(id) ? '' : 'nobx'}`}>
            <input
              type="checkbox"
              checked={kept.has(id)}
              disabled={request.extends !== null}
              onChange={() => onKept(toggled(kept, id))}
            />
            <b class="num">{camera?.number}</b> {camera?.name}
            <small class="num">{camera && incident && distanceWords(camera, incident)}</small>
            {n < CAMERA_KEYS.length && request.extends === null && shortcuts.value && (
              <kbd>{CAMERA_KEYS.charAt(n).toUpperCase()}</kbd>
            )}
          </label>
        );
      })}
      {request.extends === null && request.cameras.length > 1 && (
        <span class="seg">
          <button
            type="button"
            aria-pressed={kept.size === request.cameras.length}
            onClick={() => onKept(new Set(request.cameras))}
          >
            {t('camerasAll')} {shortcuts.value && <kbd>T</kbd>}
          </button>
          <button type="button" aria-pressed={kept.size === 0} onClick={() => onKept(new Set())}>
            {t('camerasNone')} {shortcuts.value && <kbd>0</kbd>}
          </button>
        </span>
      )}
    </fieldset>
  );
}

interface DurationProps {
  asked: number;
  granted: number;
  onGranted(minutes: number): void;
}

function Duration({ asked, granted, onGranted }: DurationProps) {
  return (
    <div class="grant">
      <span>{t('granted')}</span>
      <div class="seg">
        {durations(asked).map((d) => (
          <button key={d} type="button" aria-pressed={granted === d} onClick={() => onGranted(d)}>
            {d}
          </button>
        ))}
      </div>
      <span>min</span>
      <kbd>← →</kbd>
    </div>
  );
}
