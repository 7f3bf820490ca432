/** Recomputes the register’s proof in the page, so that the service need not be believed. */
import { api, body } from '../../api/client';
import { Tree } from './tree';

export type Verdict =
  | { kind: 'busy'; done: number; of: number }
  | { kind: 'ok'; size: number; root: string }
  | { kind: 'bad'; size: number; root: string; stated: string; firstBad: number | null };

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Fetch every entry and recompute leaves and root here; `progress` is told how far it is. */
export async function verify(progress: (verdict: Verdict) => void): Promise<Verdict> {
  const tree = new Tree();
  let after = 0;
  let firstBad: number | null = null;
  for (;;) {
    const page = await body(api.GET('/api/register', { params: { query: { after, limit: 500 } } }));
    for (const entry of page.entries) {
      const leaf = await tree.append(fromBase64(entry.body));
      if (firstBad === null && (leaf !== entry.leaf || entry.seq !== tree.size)) firstBad = entry.seq;
      after = entry.seq;
    }
    progress({ kind: 'busy', done: tree.size, of: page.head.size });
    if (page.entries.length > 0) continue;
    const root = await tree.root();
    const same = firstBad === null && tree.size === page.head.size && root === page.head.root;
    if (same) return { kind: 'ok', size: tree.size, root };
    return { kind: 'bad', size: tree.size, root, stated: page.head.root, firstBad };
  }
}
