/** The views of one incident inside the dispatch software's page: to look at, and nothing else. */
import { useEffect, useState } from 'preact/hooks';
import type { Schemas } from '../api/client';
import { Band, ExerciseMark } from '../app/Exercise';
import { St } from '../app/St';
import { Stopped } from '../app/Stopped';
import { Unread } from '../app/Unread';
import { Unspoken } from '../app/Unspoken';
import { type Look, look } from '../pages/samu/look';
import { Ending, Handed, LiveMiddle, Suspended, Waiting } from '../pages/samu/TileWords';
import type { PlayerState } from '../player/contract';
import { LiveCanvas } from '../player/LiveCanvas';
import { cameras, connected, room } from '../state/store';
import { type Tile, tiles } from '../state/tiles';
import { second } from '../state/time';
import { minutes, seconds1, t } from '../words';
import type { ShownView } from './protocol';
import { ask, mistaken, type Stage, stage, tell } from './session';

export function Panel() {
  const at = stage.value;
  if (at.kind === 'looking') return <Looking session={at.session} />;
  return (
    <main class="embed-word" id="main">
      <h1 class="brand">CrisisLink</h1>
      <Word at={at} />
    </main>
  );
}

/** How long a code may take before somebody is told that none came. */
const PATIENCE_MS = 5_000;

function Word({ at }: { at: Exclude<Stage, { kind: 'looking' }> }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [at]);
  if (at.kind === 'alone') return <p role="alert">{t('embedAlone')}</p>;
  if (at.kind === 'waiting' && !late) return <p role="status">{t('embedWaiting')}</p>;
  return (
    <>
      <p role="alert">{at.kind === 'refused' ? at.words : t('embedLate')}</p>
      <p class="row">
        <button type="button" class="btn primary" onClick={() => ask('again')}>
          {t('embedAgain')}
        </button>
        <OwnPage />
      </p>
    </>
  );
}

const OwnPage = () => (
  <a class="btn sm" href="/samu" target="_blank" rel="noopener">
    {t('embedOpen')}
  </a>
);

function Looking({ session }: { session: Schemas['EmbeddedView'] }) {
  const state = room.value;
  const incident = state?.incidents.get(session.incident) ?? null;
  const wrong = mistaken.value;
  const shown = state === null || wrong ? [] : tiles(state, new Set([session.incident]), second.value);
  const [said, setSaid] = useState<ReadonlyMap<string, PlayerState>>(new Map());
  const looks = shown.map((tile) =>
    look(tile, (tile.kind === 'live' && said.get(tile.camera)) || null, second.value),
  );
  useTold(session.incident, incident?.case_ref ?? null, shown, looks);
  return (
    <div class="app embed">
      <div>
        <header class="top slim">
          <h1 class="brand">CrisisLink</h1>
          {incident !== null && !wrong && (
            <span class="of-case">
              <ExerciseMark of={incident} />{' '}
              <b class="num">
                {t('incident')} {incident.number}
              </b>{' '}
              {incident.place_label}
              {incident.case_ref !== null && <span class="num muted"> · {incident.case_ref}</span>}
            </span>
          )}
          <span class="spacer" />
          <Unspoken />
          <span class="muted">{session.person.name}</span>
          <span class={`pill ${connected.value ? 'live' : 'lost'}`} role="status">
            <span class="dot" aria-hidden="true" />
            {t(connected.value ? 'liveOk' : 'liveLost')}
          </span>
          <OwnPage />
        </header>
        {incident?.exercise && !wrong && <Band numbers={[incident.number]} />}
        <Stopped />
        {wrong && (
          <p class="banner bad" role="alert">
            {t('embedMistaken')}
          </p>
        )}
      </div>
      {state === null ? (
        <Unread />
      ) : (
        <main id="main" class="wall">
          {shown.map((tile, n) => (
            <EmbeddedTile
              key={`${session.token} ${tile.camera}`}
              tile={tile}
              n={n + 1}
              look={looks[n] as Look}
              token={session.token}
              player={said.get(tile.camera) ?? null}
              onState={(player) => setSaid((known) => new Map(known).set(tile.camera, player))}
            />
          ))}
          {shown.length === 0 && (
            <div class="empty">
              <b>{t('wallEmptyTitle')}</b>
              <span>
                {t(incident !== null && incident.closed_at !== null ? 'embedClosed' : 'embedEmpty')}
              </span>
            </div>
          )}
        </main>
      )}
    </div>
  );
}

interface Props {
  tile: Tile;
  n: number;
  look: Look;
  token: string;
  player: PlayerState | null;
  onState(state: PlayerState): void;
}

function EmbeddedTile({ tile, n, look, token, player, onState }: Props) {
  const name = cameras.value.get(tile.camera)?.name ?? tile.camera;
  const live = tile.kind === 'live';
  const delay = look.kind === 'live' && player?.kind === 'live' ? ` ${seconds1(player.delayMs)}` : '';
  return (
    <section class={`tile ${look.kind}`} aria-label={`${n} · ${name}`} data-camera={tile.camera}>
      {live ? (
        <div class="picture">
          <LiveCanvas
            key={tile.grant.id}
            grant={tile.grant.id}
            camera={tile.camera}
            rendition="wall"
            label={name}
            token={token}
            onState={onState}
          />
        </div>
      ) : (
        <div class="mid">
          {tile.kind === 'waiting' ? (
            <Waiting tile={tile} />
          ) : tile.kind === 'suspended' ? (
            <Suspended tile={tile} />
          ) : tile.kind === 'handed' ? (
            <Handed tile={tile} />
          ) : (
            <Ending tile={tile} />
          )}
        </div>
      )}
      {live && player !== null && <LiveMiddle player={player} />}
      <div class="cap">
        <span class="n num">{n}</span>
        <span class="nm" title={name}>
          {name}
        </span>
        <St kind={look.kind}>
          <span class="num">
            <span class="word">{t(look.word)}</span>
            {delay}
          </span>
        </St>
      </div>
      {live && (
        <div class={`bar ${look.kind === 'exp' ? 'exp' : ''}`}>
          <span class="left num">
            <small>{t('remaining')}</small> {minutes(tile.endsAt - second.value)}
          </span>
        </div>
      )}
    </section>
  );
}

/** The page around us hears what is shown whenever that changes. */
function useTold(incident: string, caseRef: string | null, shown: Tile[], looks: Look[]): void {
  const views: ShownView[] = shown.map((tile, n) => ({
    camera: cameras.value.get(tile.camera)?.number ?? null,
    name: cameras.value.get(tile.camera)?.name ?? tile.camera,
    state: looks[n]?.kind ?? 'off',
    endsAt: tile.kind === 'live' ? tile.grant.ends_at : null,
  }));
  const sense = JSON.stringify(views);
  useEffect(() => tell(incident, caseRef, JSON.parse(sense) as ShownView[]), [incident, caseRef, sense]);
}
