/** Single keys act in the police room until they are switched off there (WCAG 2.1.4). */
import { cleanup, fireEvent, render } from '@testing-library/preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Grant, Request, RoomState } from '../../state/room';
import { me } from '../../state/store';
import { notice, suspend } from '../crisis/acts';
import { setShortcuts } from '../samu/shortcuts';
import { useAlarm } from './Alarm';
import { useAutomatic } from './Automatic';
import { approve, refuse } from './decide';
import { RequestCard } from './RequestCard';

vi.mock('../crisis/acts', () => ({ notice: vi.fn(), suspend: vi.fn() }));
vi.mock('../../app/sound', () => ({ setRinging: vi.fn(), chime: vi.fn() }));
vi.mock('./Preview', () => ({ Preview: () => <i class="looked" /> }));
vi.mock('./decide', async (original) => ({
  ...(await original<object>()),
  approve: vi.fn(),
  refuse: vi.fn(),
}));

const request = {
  id: 'req_1',
  incident: 'inc_1',
  cameras: ['cam_1'],
  duration_s: 600,
  intent: 'access_route',
  extends: null,
  created_at: new Date(0).toISOString(),
  lapses_at: new Date(9e12).toISOString(),
} as unknown as Request;
const grant = {
  id: 'gr_1',
  state: 'active',
  declaration: 'cri_1',
  starts_at: new Date(0).toISOString(),
  ends_at: new Date(9e12).toISOString(),
  noticed_at: null,
  views: [],
} as unknown as Grant;
const room = {
  crises: new Map([['cri_1', { id: 'cri_1', state: 'active', proposed_at: new Date(0).toISOString() }]]),
  grants: new Map([['gr_1', grant]]),
  levels: new Map(),
} as unknown as RoomState;

function Keys({ waiting }: { waiting: Request[] }) {
  const { ringing } = useAlarm(room, waiting);
  useAutomatic(room, ringing.length > 0);
  return <p>{ringing.length}</p>;
}
const press = (key: string) => fireEvent.keyDown(document.body, { key });

afterEach(cleanup);
beforeEach(() => {
  vi.clearAllMocks();
  setShortcuts(true);
});

test('S suspends and Space acknowledges, and neither does once single keys are off', () => {
  render(<Keys waiting={[]} />);
  press('s');
  press(' ');
  expect(suspend).toHaveBeenCalledExactlyOnceWith('cri_1', false);
  expect(notice).toHaveBeenCalledExactlyOnceWith('gr_1');
  setShortcuts(false);
  press('s');
  press('S');
  press(' ');
  expect(suspend).toHaveBeenCalledOnce();
  expect(notice).toHaveBeenCalledOnce();
});

test('Space acknowledges a ringing request, and does not once single keys are off', () => {
  setShortcuts(false);
  const { container } = render(<Keys waiting={[request]} />);
  press(' ');
  expect(container.textContent).toBe('1');
  setShortcuts(true);
  press(' ');
  expect(container.textContent).toBe('0');
  expect(notice).not.toHaveBeenCalled();
});

test('a card that took the focus by itself approves nothing by a letter that is off', async () => {
  me.value = {
    person: { id: 'per_1' },
    organisation: { id: 'org_city' },
    partners: [],
    roles: ['room_supervisor'],
    limits: { escalation_s: [30, 60, 120] },
  } as unknown as typeof me.value;
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(10_000);
  const { container } = render(<RequestCard request={request} current onFocus={vi.fn()} onMove={vi.fn()} />);
  const card = container.querySelector('.req') as HTMLElement;
  setShortcuts(false);
  fireEvent.keyDown(card, { key: 'a' });
  expect(approve).not.toHaveBeenCalled();
  setShortcuts(true);
  fireEvent.keyDown(card, { key: 'a' });
  expect(approve).toHaveBeenCalledOnce();
});

test('a card that is come back to shows no preview nobody pressed for', () => {
  const drawn = (current: boolean) => (
    <RequestCard request={request} current={current} onFocus={vi.fn()} onMove={vi.fn()} />
  );
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(10_000);
  const { container, rerender } = render(drawn(true));
  fireEvent.keyDown(container.querySelector('.req') as HTMLElement, { key: 'v' });
  expect(container.querySelector('.looked')).not.toBeNull();
  rerender(drawn(false));
  rerender(drawn(true));
  expect(container.querySelector('.looked')).toBeNull();
});

test('digits act on AZERTY, where the row says them with Shift only, and a reason is none with Ctrl', () => {
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(10_000);
  const { container } = render(<RequestCard request={request} current onFocus={vi.fn()} onMove={vi.fn()} />);
  const card = container.querySelector('.req') as HTMLElement;
  const first = { key: '&', code: 'Digit1' };
  fireEvent.keyDown(card, first);
  expect(container.querySelector<HTMLInputElement>('.cams input')?.checked).toBe(false);
  fireEvent.keyDown(card, { key: 'R' });
  const dialog = container.querySelector('dialog') as HTMLDialogElement;
  expect(dialog.open).toBe(true);
  fireEvent.keyDown(dialog, { key: '1', code: 'Digit1', ctrlKey: true });
  expect(refuse).not.toHaveBeenCalled();
  fireEvent.keyDown(dialog, first);
  expect(refuse).toHaveBeenCalledOnce();
});

test('each camera of the longest request has a key, and its chip says which', () => {
  const cameras = Array.from({ length: 16 }, (_, n) => `cam_${n + 1}`);
  const longest = { ...request, cameras } as Request;
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(10_000);
  const { container } = render(<RequestCard request={longest} current onFocus={vi.fn()} onMove={vi.fn()} />);
  const card = container.querySelector('.req') as HTMLElement;
  const chips = [...container.querySelectorAll('.cams .chip')];
  const said = chips.map((chip) => chip.querySelector('kbd')?.textContent ?? '');
  expect(said.join('')).toBe('123456789GHIJKLM');
  for (const [n, key] of said.entries()) {
    fireEvent.keyDown(card, { key: key.toLowerCase() });
    expect(chips.map((chip) => chip.querySelector('input')?.checked)).toEqual(
      cameras.map((_, at) => at !== n),
    );
    fireEvent.keyDown(card, { key }); // Caps Lock
  }
  expect(approve).not.toHaveBeenCalled();
});

test('no key of the room acts behind a dialog from which the focus fell', () => {
  render(<Keys waiting={[]} />);
  const dialog = document.body.appendChild(document.createElement('dialog'));
  dialog.showModal();
  press('s');
  press(' ');
  expect([suspend, notice].map((act) => vi.mocked(act).mock.calls.length)).toEqual([0, 0]);
  dialog.remove();
  press('s');
  expect(suspend).toHaveBeenCalledOnce();
});
