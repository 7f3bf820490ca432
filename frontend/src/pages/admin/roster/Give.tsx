/** One habilitation more: for a person of the roster, or a new one. */
import { useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../../api/client';
import { type Key, t } from '../../../words';
import { dateOf, inYears } from './days';
import { Modal } from './Modal';
import { useAct } from './wrong';

type Filled = Required<Schemas['NewHabilitation']>;
export const GIVE = 'give';

interface Props {
  roster: Schemas['RosterView'];
  start: Partial<Filled> | null;
  onClose(): void;
  onDone(): void;
}

export function Give({ roster, start, onClose, onDone }: Props) {
  const [form, setForm] = useState<Filled>({
    person: null,
    name: '',
    post: '',
    identifier: '',
    role: roster.roles[0] ?? 'regulator',
    designated_by: '',
    act: '',
    first_day: dateOf(roster.today),
    last_day: inYears(roster.today, 1),
    ...start,
  });
  const { act, busy, shown } = useAct('roster');
  const known = roster.members.find((one) => one.id === form.person);
  const give = async (event: Event) => {
    event.preventDefault();
    const sent = known ? { ...form, name: '', post: '', identifier: '' } : form;
    const done = await act(() => body(api.POST('/api/admin/habilitations', { body: sent })), {
      of: GIVE,
      filled: form,
    });
    if (done) onDone();
  };
  const text = (field: Exclude<keyof Filled, 'person' | 'role'>, label: Key, more: object = {}) => (
    <label>
      {t(label)}
      <input
        value={form[field]}
        onInput={(event) => setForm({ ...form, [field]: event.currentTarget.value })}
        {...more}
      />
    </label>
  );
  return (
    <Modal title={t('rosterGive')} onClose={onClose}>
      <form class="fields" onSubmit={(event) => void give(event)}>
        <label>
          {t('rosterWho')}
          <select
            value={form.person ?? ''}
            onChange={(event) => setForm({ ...form, person: event.currentTarget.value || null })}
          >
            <option value="">{t('rosterNewPerson')}</option>
            {roster.members.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name} {one.post && `· ${one.post}`}
              </option>
            ))}
          </select>
        </label>
        {!known && (
          <>
            {text('name', 'col_nom', { required: true })}
            {text('post', 'col_poste')}
            {text('identifier', 'col_identifiant', { 'aria-describedby': 'identifier-hint' })}
            <small id="identifier-hint">{t('rosterIdentifierHint')}</small>
          </>
        )}
        <label>
          {t('col_role')}
          <select
            value={form.role}
            onChange={(event) => setForm({ ...form, role: event.currentTarget.value as Filled['role'] })}
          >
            {roster.roles.map((role) => (
              <option key={role} value={role}>
                {t(`role_${role}` as Key)}
              </option>
            ))}
          </select>
        </label>
        {text('designated_by', 'col_designe_par', { required: true })}
        {text('act', 'col_acte', { required: true })}
        <div class="pair">
          {text('first_day', 'col_debut', { type: 'date', required: true })}
          {text('last_day', 'rosterLastDay', { type: 'date', required: true })}
        </div>
        {shown}
        <div class="acts">
          <button type="button" class="btn" onClick={onClose}>
            {t('cancel')}
          </button>
          <button type="submit" class="btn p" disabled={busy}>
            {t('rosterGiveDo')}
          </button>
        </div>
      </form>
    </Modal>
  );
}
