import { useEffect, useRef, useState } from 'preact/hooks';
import { distanceWords } from '../../state/distance';
import type { Grant, Request } from '../../state/room';
import { cameras, nameOf, organisationOf, room } from '../../state/store';
import { now } from '../../state/time';
import { cameraCount, type Key, minutes, t } from '../../words';
import { approve, type RefusalReason, refuse } from './decide';
import { RefusalDialog } from './RefusalDialog';

const OBJECTIVE_MS = 60_000;
const DURATIONS = [5, 10, 15, 20, 30, 60];
/** A key pressed for the card before must not decide the one that just took its place. */
const SETTLE_MS = 400;

interface Props {
  request: Request;
  current: boolean;
  onFocus(): void;
  onMove(by: number): void;
}

/** One request: what is asked and why, what to give, and the decision. Keys act in the focused card only. */
export function RequestCard({ request, current, onFocus, onMove }: Props) {
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set(request.cameras));
  const asked = Math.round(request.duration_s / 60);
  const [granted, setGranted] = useState(asked);
  const [busy, setBusy] = useState(false);
  const refusal = useRef<HTMLDialogElement>(null);
  const { card, settled } = useTakesFocus(current);
  const decide = async (act: () => Promise<boolean>) => {
    refusal.current?.close();
    setBusy(true);
    await act();
    setBusy(false);
  };
  const yes = () => decide(() => approve(request, [...kept], granted));
  const keys: Record<string, () => void> = {
    a: () => {
      if (kept.size > 0 && !busy) void yes();
    },
    r: () => refusal.current?.showModal(),
    arrowdown: () => onMove(1),
    arrowup: () => onMove(-1),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (refusal.current?.open || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key.toLowerCase()];
    if (act === undefined || !current) return;
    event.preventDefault();
    if (settled()) act();
  };
  const what = current ? cameraCount(kept.size) : kept.size;
  const grant = (request.extends !== null && room.value?.grants.get(request.extends)) || null;
  return (
    <article
      ref={card}
      class={`req ${current ? 'cur' : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the card takes the keys A and R while it has the focus
      tabIndex={0}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      <Asking request={request} grant={grant} asked={asked} />
      {current && (
        <>
          <Cameras request={request} kept={kept} onKept={setKept} />
          <Duration asked={asked} granted={granted} onGranted={setGranted} />
        </>
      )}
      <div class="acts">
        {!current && (
          <button type="button" class="btn" onClick={onFocus}>
            {t('openCard')} <kbd>↓</kbd>
          </button>
        )}
        <button type="button" class="btn ok" disabled={busy || kept.size === 0} onClick={() => void yes()}>
          ✓ {request.extends === null ? `${t('approve')} ${what}` : t('extends')} {current && <kbd>A</kbd>}
        </button>
        <button type="button" class="btn no" disabled={busy} onClick={() => refusal.current?.showModal()}>
          {t('refuse')} {current && <kbd>R</kbd>}
        </button>
      </div>
      <RefusalDialog
        dialog={refusal}
        onRefuse={(reason: RefusalReason) => void decide(() => refuse(request, reason))}
      />
    </article>
  );
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

function Asking({ request, grant, asked }: { request: Request; grant: Grant | null; asked: number }) {
  const incident = room.value?.incidents.get(request.incident);
  const ageMs = now.value - Date.parse(request.created_at);
  const organisation = organisationOf(request.beneficiary);
  return (
    <>
      <div class="h">
        <div>
          <h3>
            {organisation?.short_name} · {nameOf(request.requester)}
          </h3>
          <p>
            {incident && `${t('incident')} ${incident.number} · ${t(`nature_${incident.nature}` as Key)}`}
            {incident?.mass_casualty && `, ${t('massCasualty')}`}
          </p>
        </div>
        <p class={`age ${ageMs > OBJECTIVE_MS ? 'hot' : ''}`}>
          <b class="num">{minutes(ageMs)}</b>
          <small class="num">
            {grant === null
              ? `${t('objective')} ${minutes(OBJECTIVE_MS)}`
              : `${t('endsIn')} ${minutes(Date.parse(grant.ends_at) - now.value)}`}
          </small>
        </p>
      </div>
      <p class="why">
        <b>
          {grant !== null && `${t('extension')} ${grant.ref} · `}
          {t(`intent_${request.intent}` as Key)}
        </b>
        <br />
        <span class="muted">
          {incident?.place_label} · {cameraCount(request.cameras.length)} · {asked} min {t('minutesAsked')}
        </span>
      </p>
    </>
  );
}

interface CamerasProps {
  request: Request;
  kept: ReadonlySet<string>;
  onKept(kept: ReadonlySet<string>): void;
}

function Cameras({ request, kept, onKept }: CamerasProps) {
  const incident = room.value?.incidents.get(request.incident);
  const toggle = (id: string) => {
    const next = new Set(kept);
    if (!next.delete(id)) next.add(id);
    onKept(next);
  };
  return (
    <fieldset class="cams">
      <legend class="sr">{t('cameras')}</legend>
      {request.cameras.map((id) => {
        const camera = cameras.value.get(id);
        return (
          <label key={id} class={`chip ${kept.has(id) ? '' : 'nobx'}`}>
            <input
              type="checkbox"
              checked={kept.has(id)}
              disabled={request.extends !== null}
              onChange={() => toggle(id)}
            />
            <b class="num">{camera?.number}</b> {camera?.name}
            <small class="num">{camera && incident && distanceWords(camera, incident)}</small>
          </label>
        );
      })}
    </fieldset>
  );
}

interface DurationProps {
  asked: number;
  granted: number;
  onGranted(minutes: number): void;
}

/** The time asked, or less. */
function Duration({ asked, granted, onGranted }: DurationProps) {
  const durations = [...DURATIONS.filter((minutes) => minutes < asked), asked];
  return (
    <div class="grant">
      <span>{t('granted')}</span>
      <div class="seg">
        {durations.map((d) => (
          <button key={d} type="button" aria-pressed={granted === d} onClick={() => onGranted(d)}>
            {d}
          </button>
        ))}
      </div>
      <span>min</span>
    </div>
  );
}
