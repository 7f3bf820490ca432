import { useEffect, useRef, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { attempt } from '../../app/Failure';
import type { Request } from '../../state/room';
import { cameras, nameOf, organisationOf, room } from '../../state/store';
import { now } from '../../state/time';
import { cameraCount, type Key, minutes, t } from '../../words';

const OBJECTIVE_MS = 60_000;
const DURATIONS = [5, 10, 15, 20, 30, 60];
type RefusalReason = Schemas['Refusal']['reason'];
const REASONS: readonly RefusalReason[] = [
  'police_operation',
  'judicial',
  'out_of_legal_basis',
  'camera_down',
  'mask_missing',
  'duplicate',
  'other',
];

interface Props {
  request: Request;
  current: boolean;
  onFocus(): void;
}

/** One request: what is asked and why, what to give, and the decision. Keys act in the focused card only. */
export function RequestCard({ request, current, onFocus }: Props) {
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set(request.cameras));
  const asked = Math.round(request.duration_s / 60);
  const [granted, setGranted] = useState(asked);
  const [busy, setBusy] = useState(false);
  const refusal = useRef<HTMLDialogElement>(null);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (current) card.current?.focus({ preventScroll: false });
  }, [current]);
  const incident = room.value?.incidents.get(request.incident);
  const ageMs = now.value - Date.parse(request.created_at);
  const path = { request: request.id };
  const act = async (call: () => Promise<unknown>) => {
    setBusy(true);
    await attempt(call);
    setBusy(false);
  };
  const approve = () =>
    act(() =>
      body(
        api.POST('/api/requests/{request}/approve', {
          params: { path },
          body: { cameras: [...kept], duration_s: granted * 60, version: request.version },
        }),
      ),
    );
  const refuse = (reason: RefusalReason) => {
    refusal.current?.close();
    return act(() =>
      body(
        api.POST('/api/requests/{request}/refuse', {
          params: { path },
          body: { reason, version: request.version },
        }),
      ),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (refusal.current?.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === 'a' && kept.size > 0 && !busy) void approve();
    else if (key === 'r') refusal.current?.showModal();
    else return;
    event.preventDefault();
  };
  const organisation = organisationOf(request.beneficiary);
  const durations = [...new Set([...DURATIONS.filter((d) => d < asked), asked])];
  return (
    <article
      ref={card}
      class={`req ${current ? 'cur' : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the card takes the keys A and R while it has the focus
      tabIndex={0}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
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
          <small>
            {t('objective')} {minutes(OBJECTIVE_MS)}
          </small>
        </p>
      </div>
      <p class="why">
        <b>
          {request.extends !== null && `${t('extension')} · `}
          {t(`intent_${request.intent}` as Key)}
        </b>
        <br />
        <span class="muted">
          {incident?.place_label} · {asked} min {t('minutesAsked')}
        </span>
      </p>
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
                onChange={() => {
                  const next = new Set(kept);
                  if (!next.delete(id)) next.add(id);
                  setKept(next);
                }}
              />
              <b class="num">{camera?.number}</b> {camera?.name}
            </label>
          );
        })}
      </fieldset>
      <div class="grant">
        <span>{t('granted')}</span>
        <div class="seg">
          {durations.map((d) => (
            <button key={d} type="button" aria-pressed={granted === d} onClick={() => setGranted(d)}>
              {d}
            </button>
          ))}
        </div>
        <span>min</span>
      </div>
      <div class="acts">
        <button
          type="button"
          class="btn ok"
          disabled={busy || kept.size === 0}
          onClick={() => void approve()}
        >
          ✓ {request.extends === null ? `${t('approve')} ${cameraCount(kept.size)}` : t('extends')}{' '}
          <kbd>A</kbd>
        </button>
        <button type="button" class="btn no" disabled={busy} onClick={() => refusal.current?.showModal()}>
          {t('refuse')} <kbd>R</kbd>
        </button>
      </div>
      <dialog ref={refusal}>
        <h2>{t('refuseTitle')}</h2>
        <p class="muted">{t('refuseWhy')}</p>
        <div class="choices">
          {REASONS.map((reason) => (
            <button key={reason} type="button" class="btn" onClick={() => void refuse(reason)}>
              {t(`refusal_${reason}` as Key)}
              {reason === 'judicial' && <small>{t('judicialNote')}</small>}
            </button>
          ))}
        </div>
        <div class="acts">
          <button type="button" class="btn" onClick={() => refusal.current?.close()}>
            {t('cancel')}
          </button>
        </div>
      </dialog>
    </article>
  );
}
