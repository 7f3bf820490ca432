/** Declare a crisis: the perimeter drawn by mouse or keys, the cameras in it, the times; then the other side confirms. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import type { Schemas } from '../../api/client';
import { Failure } from '../../app/Failure';
import { Read, useReading } from '../../app/Read';
import type { Point } from '../../map/contract';
import { declares } from '../../state/crisis';
import { resumed } from '../../state/stepup';
import { type Camera, cameras, me } from '../../state/store';
import { now } from '../../state/time';
import { cameraCount, clockTime, type Key, t } from '../../words';
import { asMapCamera, quarters, RoomMap } from '../RoomMap';
import { type Act, acts, propose } from './acts';
import {
  begun,
  type Draft,
  drawn,
  holds,
  perimeterOf,
  type Stroke,
  seemsWithin,
  strokeOf,
  zoneOfDraft,
} from './draft';

const CAMERAS_MAX = 64;
const GRANT_MIN = [5, 10, 15, 20, 30, 60];
/** As long as a request asks for unless told otherwise: what is asked in a hurry is covered. */
const USUAL_MIN = 15;
const LASTS_MIN = [15, 30, 60, 120, 180, 240, 360];
const USUAL_LASTS_MIN = 60;

/** The button of both rooms; for supervisors alone. `at`: where the map's cursor begins. */
export function DeclareButton({ room, at }: { room: 'samu' | 'cic'; at: Point | null }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  // Back from proving who one is: what was drawn is still there.
  const [before] = useState(() => resumed<Filled>(DRAFT));
  useEffect(() => {
    if (before !== null) show();
  }, []);
  const who = me.value;
  const show = () => {
    setOpen(true);
    dialog.current?.showModal();
  };
  if (!who || !declares(who)) return null;
  return (
    <>
      <button type="button" class="btn sm" onClick={show}>
        {t('crisisDeclare')}
      </button>
      <dialog ref={dialog} class="wide crisis" aria-label={t('crisisDeclare')} onClose={() => setOpen(false)}>
        {open && <Declaring room={room} at={at} before={before} close={() => dialog.current?.close()} />}
      </dialog>
    </>
  );
}

const DRAFT = 'crisis';

/** What was filled in; kept while its person must confirm who they are. */
interface Filled {
  draft: Draft;
  left: string[];
  purposes: Act['purposes'];
  grantMin: number;
  lastsMin: number;
  exercise: boolean;
}

interface DeclaringProps {
  room: 'samu' | 'cic';
  at: Point | null;
  before: Filled | null;
  close(): void;
}

function Declaring({ room, at, before, close }: DeclaringProps) {
  const known = useReading('', acts);
  const [chosen, choose] = useState<string | null>(null);
  const possible = known.state.kind === 'read' ? pairs(known.state.it) : [];
  const pair = possible.find((one) => one.key === chosen) ?? possible[0];
  if (pair === undefined)
    return (
      <>
        <Read of={known}>{() => <p>{t('crisisNoAct')}</p>}</Read>
        <div class="acts">
          <button type="button" class="btn" onClick={close}>
            {t('close')}
          </button>
        </div>
      </>
    );
  return (
    <Form
      key={pair.key}
      room={room}
      at={at}
      before={before}
      act={pair.act}
      partner={pair.partner}
      close={close}
    >
      {possible.length > 1 && (
        <label>
          {t('crisisAct')}
          <select value={pair.key} onChange={(event) => choose(event.currentTarget.value)}>
            {possible.map(({ key, act, partner }) => (
              <option key={key} value={key}>
                {partner.short_name} · {act.act}
              </option>
            ))}
          </select>
        </label>
      )}
    </Form>
  );
}

type Partner = Schemas['OrganisationView'];

/** With whom one could declare a crisis, and under which act. */
function pairs(known: readonly Act[]): { key: string; act: Act; partner: Partner }[] {
  const partners = me.value?.partners ?? [];
  return known.flatMap((act) =>
    partners
      .filter((one) => [act.owner, ...act.beneficiaries].includes(one.id))
      .map((partner) => ({ key: `${act.id} ${partner.id}`, act, partner })),
  );
}

interface FormProps extends DeclaringProps {
  act: Act;
  partner: Partner;
  children?: ComponentChildren;
}

function Form({ room, at, before, act, partner, close, children }: FormProps) {
  const start = at ?? centreOf([...cameras.value.values()]);
  const [draft, draw] = useReducer<Draft, Stroke>(drawn, before?.draft ?? begun(start));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set(before?.left));
  const [purposes, setPurposes] = useState<readonly Act['purposes'][number][]>(
    before?.purposes ?? (act.purposes.includes('rescue') ? ['rescue'] : act.purposes.slice(0, 1)),
  );
  const grantSteps = upTo(GRANT_MIN, act.max_duration_s);
  const lastsSteps = upTo(LASTS_MIN, me.value?.limits.crisis_cap_s ?? 0);
  const [grantMin, setGrantMin] = useState(nearest(before?.grantMin ?? USUAL_MIN, grantSteps));
  const [lastsMin, setLastsMin] = useState(nearest(before?.lastsMin ?? USUAL_LASTS_MIN, lastsSteps));
  const [exercise, setExercise] = useState(before?.exercise ?? false);
  const [busy, setBusy] = useState(false);
  const inside = useMemo(
    () =>
      [...cameras.value.values()].filter(
        (camera) =>
          camera.owner === act.owner &&
          camera.shareable &&
          camera.synthetic === exercise &&
          (act.cameras === null || act.cameras.includes(camera.id)) &&
          holds(draft, camera),
      ),
    [draft.points, draft.radiusM, draft.shape, cameras.value, act, exercise],
  );
  const named = inside.filter((camera) => !left.has(camera.id));
  const perimeter = perimeterOf(draft);
  const fits = seemsWithin(draft, act.perimeter);
  const send = async () => {
    if (perimeter === null) return;
    setBusy(true);
    const own = me.value?.organisation;
    const hospital = own?.side === 'hospital' ? own.id : partner.id;
    const done = await propose(
      {
        hospital,
        city: act.owner,
        perimeter,
        cameras: named.map((camera) => camera.id),
        purposes: [...purposes],
        grant_s: grantMin * 60,
        lasts_s: lastsMin * 60,
        exercise,
      },
      {
        of: DRAFT,
        filled: {
          draft,
          left: [...left],
          purposes: [...purposes],
          grantMin,
          lastsMin,
          exercise,
        } satisfies Filled,
      },
    );
    setBusy(false);
    if (!done) return;
    resumed(DRAFT); // nothing is left to come back to
    close();
  };
  return (
    <>
      <h2>{t('crisisDeclare')}</h2>
      <p class="muted">{t('crisisDeclareLead', { partner: partner.short_name })}</p>
      <div class="terms">
        <Sheet room={room} act={act} draft={draft} draw={draw} named={named} />
        <div class="said">
          {children}
          <ShapeChoice draft={draft} draw={draw} />
          {perimeter === null && (
            <p class="muted">{t(draft.shape === 'circle' ? 'crisisNoCircle' : 'crisisNoRing')}</p>
          )}
          {!fits && (
            <p class="banner bad inside" role="alert">
              {t('crisisOutsideAct', { act: act.act })}
            </p>
          )}
          {named.length > CAMERAS_MAX && (
            <p class="banner bad inside" role="alert">
              {t('crisisTooMany', { n: CAMERAS_MAX })}
            </p>
          )}
          <fieldset class="cams">
            <legend>
              {t('crisisCameras')} · {cameraCount(named.length)}
            </legend>
            {inside.map((camera) => (
              <label key={camera.id} class="switch">
                <input
                  type="checkbox"
                  checked={!left.has(camera.id)}
                  onChange={() => setLeft(toggled(left, camera.id))}
                />
                <b class="num">{camera.number}</b> {camera.name}
              </label>
            ))}
            {perimeter !== null && inside.length === 0 && <p class="muted">{t('crisisNoCamera')}</p>}
          </fieldset>
          <fieldset>
            <legend>{t('crisisPurposes')}</legend>
            {act.purposes.map((one) => (
              <label key={one} class="switch">
                <input
                  type="checkbox"
                  checked={purposes.includes(one)}
                  onChange={() =>
                    setPurposes(
                      purposes.includes(one) ? purposes.filter((p) => p !== one) : [...purposes, one],
                    )
                  }
                />
                {t(`purpose_${one}` as Key)}
              </label>
            ))}
          </fieldset>
          <div class="pair">
            <Minutes label={t('crisisGrant')} steps={grantSteps} value={grantMin} onValue={setGrantMin} />
            <Minutes label={t('crisisLasts')} steps={lastsSteps} value={lastsMin} onValue={setLastsMin} />
          </div>
          <p class="num">
            {t('crisisEnd')} <b>{clockTime(now.value + lastsMin * 60_000)}</b> · {t('crisisNoExtension')}
          </p>
          <label class="switch">
            <input
              type="checkbox"
              checked={exercise}
              onChange={(event) => setExercise(event.currentTarget.checked)}
            />
            {t('crisisExercise')}
          </label>
        </div>
      </div>
      <Failure at="crisis" />
      <div class="acts">
        <button type="button" class="btn" onClick={close}>
          {t('cancel')}
        </button>
        <button
          type="button"
          class="btn p"
          disabled={
            busy ||
            perimeter === null ||
            named.length === 0 ||
            named.length > CAMERAS_MAX ||
            purposes.length === 0 ||
            !fits
          }
          onClick={() => void send()}
        >
          {t('crisisPropose', { partner: partner.short_name })}
        </button>
      </div>
    </>
  );
}

interface SheetProps {
  room: 'samu' | 'cic';
  act: Act;
  draft: Draft;
  draw(stroke: Stroke): void;
  named: readonly Camera[];
}

/** The map one draws on. Arrows move the cross, Enter puts a point, Backspace takes it back. */
function Sheet({ room, act, draft, draw, named }: SheetProps) {
  const ids = named.map((camera) => camera.id).join();
  const shown = useMemo(() => {
    const within = new Set(ids.split(','));
    return [...cameras.value.values()].map((camera) =>
      asMapCamera(
        camera,
        within.has(camera.id) ? 'wait' : 'idle',
        within.has(camera.id) ? camera.number : null,
      ),
    );
  }, [ids, cameras.value]);
  const zones = useMemo(
    () => [
      ...(act.perimeter === null
        ? []
        : [{ kind: 'act' as const, points: act.perimeter, radiusM: null, label: act.act }]),
      zoneOfDraft(draft),
    ],
    [act, draft],
  );
  const places = useMemo(() => quarters(cameras.value.values()), [cameras.value]);
  const onKey = (event: KeyboardEvent) => {
    const onMap = event.target instanceof HTMLElement && event.target.getAttribute('role') === 'application';
    const stroke = onMap ? strokeOf(event.key, event.shiftKey, draft) : null;
    if (stroke === null) return;
    event.preventDefault();
    event.stopPropagation();
    draw(stroke);
  };
  return (
    <div class="sheet" onKeyDownCapture={onKey}>
      <RoomMap
        room={room}
        cameras={shown}
        place={null}
        ringsM={[]}
        quarters={places}
        zones={zones}
        cursor={draft.cursor}
        fit="all"
        onPick={(lat, lon) => draw({ kind: 'put', at: { lat, lon } })}
      />
      <p class="muted">{t(draft.shape === 'circle' ? 'crisisKeysCircle' : 'crisisKeysRing')}</p>
    </div>
  );
}

function ShapeChoice({ draft, draw }: { draft: Draft; draw(stroke: Stroke): void }) {
  return (
    <div class="shape">
      <div class="seg">
        {(['circle', 'ring'] as const).map((shape) => (
          <button
            key={shape}
            type="button"
            aria-pressed={draft.shape === shape}
            onClick={() => draw({ kind: 'shape', shape })}
          >
            {t(`crisis_${shape}`)}
          </button>
        ))}
      </div>
      {draft.shape === 'circle' && (
        <label>
          {t('crisisRadius')}
          <input
            type="number"
            min={20}
            max={5000}
            step={10}
            value={draft.radiusM}
            onChange={(event) => draw({ kind: 'radius', radiusM: event.currentTarget.valueAsNumber })}
          />
        </label>
      )}
      <button
        type="button"
        class="btn sm"
        disabled={draft.points.length === 0}
        onClick={() => draw({ kind: 'undo' })}
      >
        {t('crisisUndo')}
      </button>
    </div>
  );
}

interface MinutesProps {
  label: string;
  steps: readonly number[];
  value: number;
  onValue(minutes: number): void;
}

function Minutes({ label, steps, value, onValue }: MinutesProps) {
  return (
    <label>
      {label}
      <select value={String(value)} onChange={(event) => onValue(Number(event.currentTarget.value))}>
        {steps.map((one) => (
          <option key={one} value={one}>
            {one < 60 ? `${one} min` : `${one / 60} h`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The steps that act or settings allow; where each is too long, all that they allow. Minutes. */
function upTo(steps: readonly number[], mostS: number): readonly number[] {
  const allowed = steps.filter((one) => one * 60 <= mostS);
  return allowed.length > 0 ? allowed : [Math.floor(mostS / 60)];
}

/** What is sent is what the list can show: the longest that is no longer than wanted, else the shortest. */
const nearest = (wanted: number, steps: readonly number[]): number =>
  steps.findLast((one) => one <= wanted) ?? steps[0] ?? wanted;

function toggled(known: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(known);
  if (!next.delete(id)) next.add(id);
  return next;
}

function centreOf(all: readonly Camera[]): Point {
  const sum = all.reduce((a, b) => ({ lat: a.lat + b.lat, lon: a.lon + b.lon }), { lat: 0, lon: 0 });
  return all.length === 0
    ? { lat: 43.6045, lon: 1.444 }
    : { lat: sum.lat / all.length, lon: sum.lon / all.length };
}
