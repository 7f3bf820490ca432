/** RFC 6962 in the browser: the same leaves and root as the service's, from the bytes of the entries. */

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

/** Grows leaf by leaf, holding one hash for each set bit of its size. */
export class Tree {
  size = 0;
  #hashes: Uint8Array[] = [];

  /** Append an entry's bytes; gives the leaf hash in hex. */
  async append(entry: Uint8Array): Promise<string> {
    const leaf = await sha256(Uint8Array.of(0), entry);
    let node = leaf;
    for (let size = this.size; size & 1; size >>= 1) {
      node = await sha256(Uint8Array.of(1), this.#hashes.pop() ?? new Uint8Array(), node);
    }
    this.#hashes.push(node);
    this.size += 1;
    return hex(leaf);
  }

  async root(): Promise<string> {
    if (this.#hashes.length === 0) return hex(await sha256());
    let node = this.#hashes[this.#hashes.length - 1] ?? new Uint8Array();
    for (let n = this.#hashes.length - 2; n >= 0; n--) {
      node = await sha256(Uint8Array.of(1), this.#hashes[n] ?? new Uint8Array(), node);
    }
    return hex(node);
  }
}
