import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BadMessage, parse } from './wire';

interface Golden {
  name: string;
  hex: string;
  fields: Record<string, number | string> | null;
}
const golden = JSON.parse(readFileSync('../tests/golden/wire.json', 'utf8')) as Golden[];
const bytes = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (b) => Number.parseInt(b, 16)).buffer as ArrayBuffer;

describe('the wire header', () => {
  const good = golden.flatMap((g) => (g.fields === null ? [] : [{ ...g, fields: g.fields }]));
  it.each(good.map((g) => [g.name, g] as const))('reads %s as the server packs it', (_name, g) => {
    const message = parse(bytes(g.hex));
    expect(message.seq).toBe(g.fields.seq);
    expect(message.epoch).toBe(g.fields.epoch);
    expect(message.flags).toBe(g.fields.flags);
    expect(message.captureUs).toBe(Number(g.fields.capture_us));
    expect(message.encodedUs).toBe(Number(g.fields.encoded_us));
    expect(message.config).toBe(g.fields.config);
    expect(message.rendition).toBe(g.fields.rendition);
  });

  it.each(golden.filter((g) => g.fields === null).map((g) => [g.name, g.hex] as const))(
    'refuses a message that is %s',
    (_name, hex) => {
      expect(() => parse(bytes(hex))).toThrow(BadMessage);
    },
  );

  const first = golden[0]?.hex ?? '';
  it.each([
    ['too short', '01'],
    ['another version', `02${first.slice(2)}`],
    ['an unknown type', `${first.slice(0, 2)}09${first.slice(4)}`],
    ['an unknown flag', `${first.slice(0, 4)}8000${first.slice(8)}`],
    ['a wrong length', `${first}00`],
  ])('refuses %s', (_what, hex) => {
    expect(() => parse(bytes(hex))).toThrow(BadMessage);
  });
});
