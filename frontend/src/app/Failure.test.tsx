import { cleanup, render, screen } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const answers = new Map<string, () => Response>();
globalThis.fetch = async (request) => {
  const answer = answers.get(new URL((request as Request).url).pathname);
  if (answer === undefined) throw new TypeError('no network');
  return answer();
};

const { api, body } = await import('../api/client');
const { attempt, attemptAll, Failure, failure } = await import('./Failure');
const { me } = await import('../state/store');
type Me = NonNullable<typeof me.value>;

const revoke = (grant: string) => () =>
  body(api.POST('/api/grants/{grant}/revoke', { params: { path: { grant } }, body: { cameras: null } }));
const problem = () =>
  Response.json({ title: 'Déjà décidé', detail: 'Relisez la demande.', code: 'conflict' }, { status: 409 });

describe('an act that fails', () => {
  beforeEach(() => {
    answers.clear();
    failure.value = null;
    const partner = { id: 'org_1', side: 'hospital', short_name: 'SAMU 31', phone: '05 36 49 15 31' };
    me.value = { organisation: { side: 'city' }, partners: [partner] } as Me;
  });
  afterEach(cleanup);

  it('is said in the service’s own words', async () => {
    answers.set('/api/grants/gr_1/revoke', problem);
    expect(await attempt(revoke('gr_1'), 'who')).toBe(false);
    expect(failure.value).toEqual({
      at: 'who',
      words: 'Déjà décidé. Relisez la demande.',
      call: false,
    });
  });

  it.each([
    ['no answer', undefined],
    ['a proxy’s page', () => new Response('<html>Bad gateway</html>', { status: 502 })],
    ['nothing', () => new Response('', { status: 504 })],
  ])('after %s says that nobody knows, and whom to telephone', async (_what, answer) => {
    if (answer !== undefined) answers.set('/api/grants/gr_1/revoke', answer);
    await attempt(revoke('gr_1'), 'who');
    render(<Failure at="who" />);
    expect(screen.getByRole('alert').textContent).toContain('on ne sait pas si c’est fait');
    expect(screen.getByRole('link').getAttribute('href')).toBe('tel:0536491531');
  });

  it('that may have left pictures on a screen says whom to telephone', async () => {
    const unsure = { title: 'Coupure ordonnée', detail: 'Téléphonez.', code: 'cut_unconfirmed' };
    answers.set('/api/grants/gr_1/revoke', () => Response.json(unsure, { status: 503 }));
    await attempt(revoke('gr_1'), 'who');
    render(<Failure at="who" />);
    expect(screen.getByRole('alert').textContent).toContain('Coupure ordonnée. Téléphonez.');
    expect(screen.getByRole('link').getAttribute('href')).toBe('tel:0536491531');
  });

  it('beside one that succeeds stays said, and no success elsewhere unsays it', async () => {
    answers.set('/api/grants/gr_1/revoke', problem);
    answers.set('/api/grants/gr_2/revoke', () => Response.json({}));
    expect(await attemptAll([revoke('gr_1'), revoke('gr_2')], 'who')).toBe(false);
    await attempt(revoke('gr_2'), 'queue');
    expect(failure.value?.at).toBe('who');
    await attempt(revoke('gr_2'), 'who');
    expect(failure.value).toBeNull();
  });
});
