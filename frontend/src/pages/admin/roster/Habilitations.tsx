/** The roster of one's own organisation: who may act, in which role, by which act, until when. */
import { useEffect, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../../api/client';
import { Read, useReading } from '../../../app/Read';
import { St, type StKind } from '../../../app/St';
import { RecentBanner } from '../../../app/StepUp';
import { resumed, returnedTo } from '../../../state/stepup';
import { type Key, t } from '../../../words';
import { Bind, MoveEnd, Withdraw } from './Change';
import { day } from './days';
import { GIVE, Give } from './Give';
import { Import } from './Import';

type Roster = Schemas['RosterView'];
type Member = Schemas['MemberView'];
type Held = Schemas['HabilitationView'];
type Open =
  | { kind: 'give'; start: Partial<Required<Schemas['NewHabilitation']>> | null }
  | { kind: 'import' }
  | { kind: 'bind'; member: Member }
  | { kind: 'move' | 'withdraw'; member: Member; held: Held };

const STATES: Record<Held['standing'], StKind> = {
  in_force: 'live',
  future: 'wait',
  ended: 'idle',
  withdrawn: 'off',
};

export function Habilitations() {
  const reading = useReading('', () => body(api.GET('/api/admin/roster')));
  const roster = reading.state.kind === 'read' ? reading.state.it : null;
  const [open, setOpen] = useState<Open | null>(null);
  const [over, setOver] = useState(false);
  const [sought, setSought] = useState('');
  useEffect(() => {
    if (returnedTo() === GIVE) setOpen({ kind: 'give', start: resumed(GIVE) });
  }, []);
  const close = () => setOpen(null);
  const done = () => {
    close();
    reading.again();
  };
  return (
    <>
      <RecentBanner />
      <header class="tools">
        <input
          type="search"
          aria-label={t('rosterSearch')}
          placeholder={t('rosterSearch')}
          value={sought}
          onInput={(event) => setSought(event.currentTarget.value)}
        />
        <label class="tick">
          <input type="checkbox" checked={over} onChange={(event) => setOver(event.currentTarget.checked)} />
          {t('rosterOver')}
        </label>
        <span class="spacer" />
        <a class="btn" href="/api/admin/roster/export" download>
          {t('rosterExport')}
        </a>
        <button type="button" class="btn" onClick={() => setOpen({ kind: 'import' })}>
          {t('rosterImport')}
        </button>
        <button type="button" class="btn p" onClick={() => setOpen({ kind: 'give', start: null })}>
          {t('rosterGive')}
        </button>
      </header>
      <p class="lead muted">{t('rosterLead')}</p>
      <div class="body">
        <Read of={reading}>
          {(found) => <Table roster={found} over={over} sought={sought} onOpen={setOpen} />}
        </Read>
      </div>
      {roster !== null && open?.kind === 'give' && (
        <Give roster={roster} start={open.start} onClose={close} onDone={done} />
      )}
      {open?.kind === 'import' && <Import onClose={close} onDone={done} />}
      {open?.kind === 'bind' && <Bind member={open.member} onClose={close} onDone={done} />}
      {open?.kind === 'move' && <MoveEnd {...open} onClose={close} onDone={done} />}
      {open?.kind === 'withdraw' && <Withdraw {...open} onClose={close} onDone={done} />}
    </>
  );
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

interface TableProps {
  roster: Roster;
  over: boolean;
  sought: string;
  onOpen(open: Open): void;
}

function Table({ roster, over, sought, onOpen }: TableProps) {
  const members = new Map(roster.members.map((one) => [one.id, one]));
  const rows = roster.habilitations
    .flatMap((held) => {
      const member = members.get(held.person);
      return member === undefined ? [] : [{ held, member }];
    })
    .filter(({ held }) => over || held.standing === 'in_force' || held.standing === 'future')
    .filter(({ held, member }) =>
      plain(`${member.name} ${member.post} ${t(`role_${held.role}` as Key)} ${held.act}`).includes(
        plain(sought),
      ),
    )
    .sort(
      (a, b) =>
        a.member.name.localeCompare(b.member.name) || a.held.first_day.localeCompare(b.held.first_day),
    );
  if (rows.length === 0) return <p class="empty">{t('rosterNone')}</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>{t('rosterWho')}</th>
          <th>{t('col_role')}</th>
          <th>{t('rosterDesignation')}</th>
          <th>{t('rosterFromTo')}</th>
          <th>{t('state')}</th>
          <th>
            <span class="sr">{t('rosterActs')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ held, member }) => (
          <Row key={held.id} held={held} member={member} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ held, member, onOpen }: { held: Held; member: Member; onOpen(open: Open): void }) {
  const live = held.standing === 'in_force' || held.standing === 'future';
  return (
    <tr>
      <td>
        <b>{member.name}</b> <small>{member.post}</small>
        {!member.bound && (
          <button type="button" class="btn sm" onClick={() => onOpen({ kind: 'bind', member })}>
            {t('rosterBindOpen')}
          </button>
        )}
      </td>
      <td>{t(`role_${held.role}` as Key)}</td>
      <td>
        {held.act} <small>{held.designated_by}</small>
      </td>
      <td class="num">
        {day(held.first_day)} → {day(held.last_day)}
      </td>
      <td>
        <St kind={STATES[held.standing]}>{t(`standing_${held.standing}` as Key)}</St>
      </td>
      <td class="row-acts">
        {live && (
          <>
            <button type="button" class="btn sm" onClick={() => onOpen({ kind: 'move', member, held })}>
              {t('rosterMove')}
            </button>
            <button
              type="button"
              class="btn sm no"
              onClick={() => onOpen({ kind: 'withdraw', member, held })}
            >
              {t('rosterWithdraw')}
            </button>
          </>
        )}
      </td>
    </tr>
  );
}
