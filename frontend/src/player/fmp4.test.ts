import { describe, expect, it } from 'vitest';
import { fragment, initSegment, TICKS_A_S } from './fmp4';

type Boxes = Map<string, { size: number; payload: Uint8Array; at: number }>;
const HOLDS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'mvex', 'moof', 'traf', 'dinf']);

/** Every box by its path; fails when sizes do not add up. */
function boxes(bytes: Uint8Array, path = '', offset = 0, found: Boxes = new Map()): Boxes {
  for (let at = 0; at < bytes.length; ) {
    const size = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (size < 8 || at + size > bytes.length) throw new Error(`${path}/${type}: ${size} bytes do not fit`);
    const payload = bytes.subarray(at + 8, at + size);
    found.set(`${path}/${type}`, { size, payload, at: offset + at });
    if (HOLDS.has(type)) boxes(payload, `${path}/${type}`, offset + at + 8, found);
    at += size;
  }
  return found;
}

describe('the MP4 around a stream', () => {
  it('begins with what the decoder must know, in boxes that fit into each other', () => {
    const config = {
      codec: 'avc1.4d401f',
      width: 640,
      height: 360,
      fps: 12.5,
      avcc: btoa('\x01\x4d\x40\x1f'),
    };
    const found = boxes(initSegment(config));
    expect([...found.keys()]).toEqual(
      expect.arrayContaining(['/ftyp', '/moov/mvhd', '/moov/mvex/trex', '/moov/trak/mdia/minf/stbl/stsd']),
    );
    const described = found.get('/moov/trak/mdia/minf/stbl/stsd')?.payload ?? new Uint8Array();
    const avcc = String.fromCharCode(...described).indexOf('avcC');
    expect([...described.subarray(avcc + 4)]).toEqual([1, 0x4d, 0x40, 0x1f]);
    const picture = boxes(described.subarray(8)).get('/avc1')?.payload as Uint8Array;
    expect(new DataView(picture.buffer, picture.byteOffset).getUint32(24)).toBe((640 << 16) | 360);
  });

  it('carries each picture as it came, where its header says it lies', () => {
    const data = Uint8Array.of(0, 0, 0, 2, 0x65, 7);
    const at = 2 ** 33 + 5;
    const whole = fragment(3, at, 3_600, true, data);
    const found = boxes(whole);
    const trun = found.get('/moof/traf/trun')?.payload as Uint8Array;
    const view = new DataView(trun.buffer, trun.byteOffset);
    const [count, offset, ticks, size, flags] = [4, 8, 12, 16, 20].map((n) => view.getUint32(n));
    expect([count, ticks, size]).toEqual([1, 3_600, data.length]);
    expect((flags ?? 0) & 0x10000).toBe(0); // a key frame is a sync sample
    expect([...whole.subarray(offset)]).toEqual([...data]);
    const time = found.get('/moof/traf/tfdt')?.payload as Uint8Array;
    expect(new DataView(time.buffer, time.byteOffset).getBigUint64(4)).toBe(BigInt(at));
  });

  it('says of a delta frame that it is no place to begin', () => {
    const trun = boxes(fragment(1, 0, TICKS_A_S, false, new Uint8Array(4))).get('/moof/traf/trun');
    expect([...(trun?.payload.subarray(20) ?? [])]).toEqual([1, 1, 0, 0]);
  });
});
