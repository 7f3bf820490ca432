/** Single keys of the dispatch room and of its wall: with Caps Lock, on AZERTY, and never behind a dialog. */
import { cleanup, fireEvent, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromSnapshot } from '../../state/room';
import { quiet } from '../../state/room.sample';
import { me, room } from '../../state/store';
import type { Tile } from '../../state/tiles';
import { Mur } from '../mur/Mur';
import { askNearest, prolongExpiring, releaseAll } from './acts';
import * as form from './form';
import { IncidentPanel } from './IncidentPanel';
import type { Look } from './look';
import { Samu } from './Samu';
import { keyOf } from './shortcuts';
import { WallTile } from './WallTile';

vi.mock('./SamuMap', () => ({ SamuMap: () => null }));
vi.mock('../../talk/Talk', () => ({ Talk: () => null }));
vi.mock('../../app/TopBar', () => ({
  TopBar: () => null,
  Notices: () => null,
  Banners: () => null,
  Live: () => null,
  Skip: () => null,
}));
vi.mock('./acts', async (original) => ({
  ...(await original<object>()),
  askNearest: vi.fn(),
  releaseAll: vi.fn(),
  prolongExpiring: vi.fn(),
}));
vi.hoisted(() => {
  globalThis.fetch = async () => Response.json([]);
});

const press = (key: string, more: object = {}) => fireEvent.keyDown(document.body, { key, ...more });
const grant = { id: 'gr_1', incident: 'inc_1' } as never;
const suspended: Tile = { kind: 'suspended', camera: 'cam_1', grant, since: 0, cause: 'city_pause' };

beforeEach(() => {
  vi.clearAllMocks();
  form.startAnew();
  me.value = { person: { id: 'per_1' }, organisation: { id: 'org_1' }, partners: [], roles: [] } as never;
  room.value = fromSnapshot(quiet());
});
afterEach(cleanup);

describe('what a key says', () => {
  const said = (key: string, more: Partial<KeyboardEventInit> = {}) =>
    keyOf(new KeyboardEvent('keydown', { key, ...more }));

  it('is the letter, whatever Caps Lock says of it', () => {
    expect([said('n'), said('N'), said('L', { shiftKey: true }), said('l', { shiftKey: true })]).toEqual([
      'n',
      'n',
      'L',
      'L',
    ]);
  });

  it('is the digit of the row and of the pad, unless a modifier or the pad’s lock makes it another key', () => {
    expect([
      said('&', { code: 'Digit1' }),
      said('à', { code: 'Digit0' }),
      said('7', { code: 'Numpad7' }),
    ]).toEqual(['1', '0', '7']);
    expect(said('1', { code: 'Digit1', shiftKey: true }), 'AZERTY with Shift').toBe('1');
    expect(said('!', { code: 'Digit1', shiftKey: true }), 'QWERTY with Shift').toBe('!');
    expect(said('&', { code: 'Digit1', ctrlKey: true })).toBe('&');
    expect(said('ArrowUp', { code: 'Numpad8' })).toBe('ArrowUp');
  });
});

describe('the keys of the dispatch room', () => {
  it('act with Caps Lock, and digits on AZERTY', async () => {
    render(<Samu />);
    press('N');
    expect(document.activeElement).toBe(screen.getByRole('combobox', { name: 'Lieu' }));
    (document.activeElement as HTMLElement).blur();
    press('"', { code: 'Digit3' });
    expect(form.intent.value).toBe(form.INTENTS[2]);
    press('P');
    expect(prolongExpiring).toHaveBeenCalledOnce();
    press('L');
    expect(releaseAll, 'without Shift').not.toHaveBeenCalled();
    press('l', { shiftKey: true });
    expect(releaseAll).toHaveBeenCalledOnce();
  });

  it('do not act behind a dialog from which the focus fell', () => {
    render(<Samu />);
    const dialog = document.body.appendChild(document.createElement('dialog'));
    dialog.showModal();
    press('Enter');
    press('p');
    expect([askNearest, prolongExpiring].map((act) => vi.mocked(act).mock.calls.length)).toEqual([0, 0]);
    dialog.remove();
    press('Enter');
    expect(askNearest).toHaveBeenCalledOnce();
  });

  it('give back what is held also where every picture is suspended, as the button does', () => {
    const search = { current: null };
    const nothing = () => {};
    const rest = { search, shortcuts: true, onShortcuts: nothing, onNew: nothing };
    render(<IncidentPanel incident={null} asked={[]} shown={[suspended]} {...rest} />);
    fireEvent.click(screen.getByRole('button', { name: /⇧L/ }));
    expect(releaseAll).toHaveBeenCalledExactlyOnceWith([suspended]);
  });
});

it('the wall on its own screen takes its keys with Caps Lock, and none behind a dialog', () => {
  render(<Mur />);
  press('P');
  expect(prolongExpiring).toHaveBeenCalledOnce();
  const dialog = document.body.appendChild(document.createElement('dialog'));
  dialog.showModal();
  press('p');
  expect(prolongExpiring).toHaveBeenCalledOnce();
  dialog.remove();
});

it('a tile takes its keys with Caps Lock', () => {
  const again = vi.fn();
  const tile = { kind: 'over', camera: 'cam_1', grant, at: 0, cause: 'expired', by: null } as Tile;
  const look = { kind: 'off', word: 'st_over' } as unknown as Look;
  const nothing = () => {};
  const rest = {
    n: 1,
    rendition: 'wall' as const,
    enlarged: false,
    onEnlarge: nothing,
    onFullScreen: nothing,
  };
  const { container } = render(<WallTile tile={tile} look={look} {...rest} onAskAgain={again} />);
  fireEvent.keyDown(container.querySelector('.tile') as HTMLElement, { key: 'R' });
  expect(again).toHaveBeenCalledExactlyOnceWith(tile);
});
