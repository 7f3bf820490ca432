/** Changes of what is there: another end, a withdrawal, and who a refused sign-in was. */
import { useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../../api/client';
import { type Key, t } from '../../../words';
import { dateOf, day } from './days';
import { Modal } from './Modal';
import { useAct } from './wrong';

interface Props {
  member: Schemas['MemberView'];
  onClose(): void;
  onDone(): void;
}
type OfHabilitation = Props & { held: Schemas['HabilitationView'] };

const said = ({ member, held }: OfHabilitation) =>
  `${member.name} · ${t(`role_${held.role}` as Key)} · ${day(held.first_day)} → ${day(held.last_day)}`;

export function MoveEnd(props: OfHabilitation) {
  const { held, onClose, onDone } = props;
  const [last, setLast] = useState(dateOf(held.last_day));
  const { act, busy, shown } = useAct('roster');
  const move = async (event: Event) => {
    event.preventDefault();
    const params = { path: { habilitation: held.id } };
    const sent = { last_day: last, was: held.valid_until };
    const path = '/api/admin/habilitations/{habilitation}/end';
    if (await act(() => body(api.POST(path, { params, body: sent })))) onDone();
  };
  return (
    <Modal title={t('rosterMove')} onClose={onClose}>
      <form class="fields" onSubmit={(event) => void move(event)}>
        <p>{said(props)}</p>
        <label>
          {t('rosterLastDay')}
          <input type="date" required value={last} onInput={(event) => setLast(event.currentTarget.value)} />
        </label>
        {shown}
        <Acts word="rosterMoveDo" busy={busy} onClose={onClose} />
      </form>
    </Modal>
  );
}

export function Withdraw(props: OfHabilitation) {
  const { held, onClose, onDone } = props;
  const { act, busy, shown } = useAct('roster');
  const withdraw = async (event: Event) => {
    event.preventDefault();
    const params = { path: { habilitation: held.id } };
    if (await act(() => body(api.POST('/api/admin/habilitations/{habilitation}/withdraw', { params }))))
      onDone();
  };
  return (
    <Modal title={t('rosterWithdraw')} onClose={onClose}>
      <form class="fields" onSubmit={(event) => void withdraw(event)}>
        <p>{said(props)}</p>
        <p>{t('rosterWithdrawWhat')}</p>
        {shown}
        <Acts word="rosterWithdrawDo" busy={busy} onClose={onClose} no />
      </form>
    </Modal>
  );
}

export function Bind({ member, onClose, onDone }: Props) {
  const [reference, setReference] = useState('');
  const [found, setFound] = useState<Schemas['NewcomerView'] | null>(null);
  const { act, busy, shown } = useAct('roster');
  const look = () =>
    act(async () => {
      const path = { reference: reference.trim().toUpperCase() };
      setFound(await body(api.GET('/api/admin/references/{reference}', { params: { path } })));
    });
  const bind = async (event: Event) => {
    event.preventDefault();
    if (found === null) {
      await look();
      return;
    }
    const params = { path: { person: member.id } };
    const sent = { reference: found.reference };
    if (await act(() => body(api.POST('/api/admin/people/{person}/identity', { params, body: sent }))))
      onDone();
  };
  return (
    <Modal title={t('rosterBind', { name: member.name })} onClose={onClose}>
      <form class="fields" onSubmit={(event) => void bind(event)}>
        <p>{t('rosterBindHow')}</p>
        <label>
          {t('rosterReference')}
          <input
            required
            maxLength={16}
            autocomplete="off"
            value={reference}
            onInput={(event) => {
              setReference(event.currentTarget.value);
              setFound(null);
            }}
          />
        </label>
        {found !== null && (
          <p role="status">{t('rosterBindFound', { name: found.name ?? t('rosterNoName') })}</p>
        )}
        {shown}
        <Acts word={found === null ? 'rosterBindLook' : 'rosterBindDo'} busy={busy} onClose={onClose} />
      </form>
    </Modal>
  );
}

function Acts({ word, busy, no, onClose }: { word: Key; busy: boolean; no?: boolean; onClose(): void }) {
  return (
    <div class="acts">
      <button type="button" class="btn" onClick={onClose}>
        {t('cancel')}
      </button>
      <button type="submit" class={`btn ${no ? 'no' : 'p'}`} disabled={busy}>
        {t(word)}
      </button>
    </div>
  );
}
