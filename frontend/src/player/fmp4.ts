/**
 * Fragmented MP4 around the stream as it comes: one `moof` + `mdat` for each access unit. The payload of a
 * FRAME (AVCC) is a sample as it stands, so nothing is copied but the header. Pure; ISO/IEC 14496-12 and -15.
 */
import type { Config } from './decoder';

export const TICKS_A_S = 90_000;
const TRACK = 1;
/** sample_depends_on 2 (needs nothing) or 1, and sample_is_non_sync_sample. */
const KEY_SAMPLE = 0x0200_0000;
const DELTA_SAMPLE = 0x0101_0000;
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];

type Bytes = Uint8Array<ArrayBuffer>;

const u8 = (...values: number[]): Bytes => Uint8Array.from(values);
function u32(...values: number[]): Bytes {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [n, value] of values.entries()) view.setUint32(n * 4, value);
  return new Uint8Array(view.buffer);
}
function u16(...values: number[]): Bytes {
  const view = new DataView(new ArrayBuffer(values.length * 2));
  for (const [n, value] of values.entries()) view.setUint16(n * 2, value);
  return new Uint8Array(view.buffer);
}
const text = (words: string): Bytes => Uint8Array.from(words, (c) => c.charCodeAt(0));

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function box(type: string, ...parts: Bytes[]): Bytes {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return joined([u32(size), text(type), ...parts]);
}
/** A box with version and flags. */
const full = (type: string, versionAndFlags: number, ...parts: Bytes[]): Bytes =>
  box(type, u32(versionAndFlags), ...parts);

/** The start of a stream: what the decoder must know before the first picture. */
export function initSegment({ width, height, avcc }: Config): Bytes {
  const description = Uint8Array.from(atob(avcc), (c) => c.charCodeAt(0));
  const always = full('trex', 0, u32(TRACK, 1, 0, 0, 0));
  return joined([
    box('ftyp', text('iso6'), u32(1), text('iso6avc1')),
    box('moov', movieHeader(), track(width, height, description), box('mvex', always)),
  ]);
}

const movieHeader = (): Bytes =>
  full(
    'mvhd',
    0,
    u32(0, 0, TICKS_A_S, 0, 0x10000),
    u16(0x100, 0),
    u32(0, 0, ...MATRIX, 0, 0, 0, 0, 0, 0, TRACK + 1),
  );

function track(width: number, height: number, description: Bytes): Bytes {
  const header = full(
    'tkhd',
    3, // enabled, in the movie
    u32(0, 0, TRACK, 0, 0, 0, 0),
    u16(0, 0, 0, 0),
    u32(...MATRIX, width * 0x10000, height * 0x10000),
  );
  const references = box('dinf', full('dref', 0, u32(1), full('url ', 1)));
  const media = box(
    'mdia',
    full('mdhd', 0, u32(0, 0, TICKS_A_S, 0), u16(0x55c4, 0)),
    full('hdlr', 0, u32(0), text('vide'), u32(0, 0, 0), u8(0)),
    box('minf', full('vmhd', 1, u16(0, 0, 0, 0)), references, samples(width, height, description)),
  );
  return box('trak', header, media);
}

/** No sample is in the movie itself; only what they are. */
function samples(width: number, height: number, description: Bytes): Bytes {
  const picture = box(
    'avc1',
    u8(0, 0, 0, 0, 0, 0),
    u16(1, 0, 0),
    u32(0, 0, 0),
    u16(width, height),
    u32(0x48_0000, 0x48_0000, 0),
    u16(1),
    new Uint8Array(32),
    u16(0x18, 0xffff),
    box('avcC', description),
  );
  return box(
    'stbl',
    full('stsd', 0, u32(1), picture),
    full('stts', 0, u32(0)),
    full('stsc', 0, u32(0)),
    full('stsz', 0, u32(0, 0)),
    full('stco', 0, u32(0)),
  );
}

/** One picture, from `atTicks` on for `ticks`. `nth`: 1 for the first of the stream. */
export function fragment(nth: number, atTicks: number, ticks: number, key: boolean, data: Bytes): Bytes {
  const head = (dataOffset: number) =>
    box(
      'moof',
      full('mfhd', 0, u32(nth)),
      box(
        'traf',
        full('tfhd', 0x2_0000, u32(TRACK)), // offsets count from this moof
        full('tfdt', 0x100_0000, u32(Math.floor(atTicks / 2 ** 32), atTicks >>> 0)),
        // data offset, and of each sample: duration, size, flags
        full('trun', 0x701, u32(1, dataOffset, ticks, data.length, key ? KEY_SAMPLE : DELTA_SAMPLE)),
      ),
    );
  return joined([head(head(0).length + 8), box('mdat', data)]);
}
