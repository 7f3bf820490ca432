/** The wall alone, for a second screen: it follows the incident of this browser's dispatch room, or one chosen here. */

import { useRef, useState } from 'preact/hooks';
import { Failure } from '../../app/Failure';
import { KeysLater, showKeys } from '../../app/KeysLater';
import { ShiftButton, SoundBanner } from '../../app/Shift';
import { Banners, Live, Notices, Skip } from '../../app/TopBar';
import { Unread } from '../../app/Unread';
import { me, room } from '../../state/store';
import { incidentOf } from '../../state/tiles';
import { second } from '../../state/time';
import { clockTime, t } from '../../words';
import { ask, prolongExpiring } from '../samu/acts';
import { Handover, HandoverBanner, openHandover, subjectOf } from '../samu/Handover';
import { followed, inGroup, known, openIncidents, useWall } from '../samu/onwall';
import { Standing } from '../samu/Standing';
import { keyOf, shortcuts, useShortcuts } from '../samu/shortcuts';
import { fullScreen, Wall } from '../samu/Wall';

export function Mur() {
  const page = useRef<HTMLDivElement>(null);
  const wall = useRef<HTMLElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const state = room.value;
  const open = openIncidents(state);
  const incident = known(state, chosen) ?? known(state, followed.value) ?? open[0] ?? null;
  const { shown, looks, alarm } = useWall(state, incident);
  const crisis = incident === null ? 0 : inGroup(state, incident).length;
  useShortcuts((event) => {
    const key = keyOf(event);
    if (key === 'f') void fullScreen(page.current);
    else if (key === 'h') openHandover(subjectOf(state, incident));
    else if (key === 'p') prolongExpiring(shown);
    else if (key === 'm') wall.current?.querySelector<HTMLElement>('.tile')?.focus();
    else if (key === '?') showKeys();
    else return false;
    return true;
  });
  return (
    <div class="app mur" ref={page}>
      <div>
        <header class="top slim">
          <Skip />
          <h1 class="sr">{t('pageMur')}</h1>
          <a class="brand" href="/samu">
            CrisisLink <small>{me.value?.organisation.short_name}</small>
          </a>
          {me.value?.demo && <span class="pill demo">{t('demoNote')}</span>}
          <select
            aria-label={t('wallOf')}
            value={chosen ?? ''}
            onChange={(event) => setChosen(event.currentTarget.value || null)}
          >
            <option value="">
              {t('wallFollow')}
              {chosen === null && incident !== null && ` · ${incident.number} · ${incident.place_label}`}
            </option>
            {open.map((i) => (
              <option key={i.id} value={i.id}>
                {t('incident')} {i.number} · {i.place_label}
              </option>
            ))}
          </select>
          {crisis > 1 && <span class="pill">{t('linkedOf', { n: crisis })}</span>}
          <span class="spacer" />
          <Standing shown={shown} />
          <Live />
          <ShiftButton />
          <time class="clock num">{clockTime(second.value)}</time>
        </header>
        <Notices />
        <Banners />
        <HandoverBanner />
        <SoundBanner />
        <Failure />
      </div>
      {state === null ? (
        <main id="main" class="unread">
          <Unread />
        </main>
      ) : (
        <main id="main">
          <Wall
            box={wall}
            shown={shown}
            looks={looks}
            alarm={alarm}
            hints={shortcuts.value}
            onFullScreen={() => void fullScreen(page.current)}
            onAskAgain={(tile) => void ask(known(state, incidentOf(tile)), [tile.camera], 'wall')}
          />
        </main>
      )}
      <Handover />
      <KeysLater of="samu" />
    </div>
  );
}
