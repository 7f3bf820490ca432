import { webcrypto } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';

/** The register a service answers with, two entries a page; the test may falsify it. */
const service = vi.hoisted(() => {
  const state = { entries: [] as { seq: number; body: string; leaf: string }[], root: '', asked: 0 };
  globalThis.fetch = async (request) => {
    const after = Number(new URL((request as Request).url).searchParams.get('after'));
    state.asked += 1;
    const entries = state.entries
      .filter((entry) => entry.seq > after)
      .slice(0, 2)
      .map((entry) => ({ ...entry, at: '2026-11-23T09:00:00Z', kind: 'x' }));
    const page = { head: { size: state.entries.length, root: state.root }, entries };
    const names = { persons: [], organisations: [], cameras: [] };
    return new Response(JSON.stringify({ ...page, ...names }), {
      headers: { 'Content-Type': 'application/json' },
    });
  };
  return state;
});
vi.stubGlobal('crypto', webcrypto);
const { Tree } = await import('./tree');
const { verify } = await import('./verify');

describe('the check of the register', () => {
  beforeEach(async () => {
    const tree = new Tree();
    service.entries = [];
    for (const [n, text] of ['{"a":1}', '{"é":2}', '{"c":3}', '{"d":4}', '{"e":5}'].entries()) {
      const bytes = new TextEncoder().encode(text);
      const leaf = await tree.append(bytes);
      service.entries.push({ seq: n + 1, body: btoa(String.fromCharCode(...bytes)), leaf });
    }
    service.root = await tree.root();
  });
  const change = (n: number, to: Partial<(typeof service.entries)[number]>) =>
    Object.assign(service.entries[n] ?? {}, to);

  it('reads every entry and finds the same root', async () => {
    const told: number[] = [];
    const verdict = await verify((one) => one.kind === 'busy' && told.push(one.done));
    expect(verdict).toEqual({ kind: 'ok', size: 5, root: service.root });
    expect(told).toEqual([2, 4, 5, 5]);
  });

  it('names the first entry whose bytes were changed', async () => {
    change(2, { body: btoa('{"c":9}') });
    change(4, { body: btoa('{"e":9}') });
    expect(await verify(() => {})).toMatchObject({ kind: 'bad', firstBad: 3 });
  });

  it('is not fooled by an entry changed together with its leaf', async () => {
    const forged = new TextEncoder().encode('{"c":9}');
    change(2, { body: btoa('{"c":9}'), leaf: await new Tree().append(forged) });
    expect(await verify(() => {})).toMatchObject({ kind: 'bad', firstBad: null, stated: service.root });
  });

  it('sees that an entry is missing', async () => {
    service.entries.splice(1, 1);
    expect(await verify(() => {})).toMatchObject({ kind: 'bad', firstBad: 3 });
  });
});
