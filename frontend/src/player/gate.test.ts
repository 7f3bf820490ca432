import { describe, expect, it } from 'vitest';
import { Gate } from './gate';
import { Flag, type Message, MessageType } from './wire';

const message = (seq: number, flags = 0, epoch = 1, config = 1): Message => ({
  type: MessageType.FRAME,
  flags,
  seq,
  epoch,
  config,
  rendition: 1,
  captureUs: seq,
  encodedUs: seq,
  ingestUs: 0,
  payload: new Uint8Array(0),
});
const opened = () => {
  const gate = new Gate();
  gate.configured(message(0));
  return gate;
};

describe('the gate before the decoder', () => {
  it('lets nothing through before a key frame, then everything in order', () => {
    const gate = opened();
    expect([gate.frame(message(4)), gate.frame(message(5, Flag.KEY)), gate.frame(message(6))]).toEqual([
      'drop',
      'decode',
      'decode',
    ]);
  });

  it('stops at a hole, asks once, and goes on with the next key frame', () => {
    const gate = opened();
    gate.frame(message(1, Flag.KEY));
    expect([gate.frame(message(3)), gate.frame(message(4)), gate.frame(message(5, Flag.KEY))]).toEqual([
      'ask',
      'drop',
      'decode',
    ]);
  });

  it('ignores an older epoch, whatever it carries', () => {
    const gate = opened();
    gate.configured(message(0, 0, 7));
    expect(gate.configured(message(0, 0, 6))).toBe(false);
    expect(gate.frame(message(1, Flag.KEY, 6))).toBe('drop');
    expect(gate.frame(message(1, Flag.KEY, 7))).toBe('decode');
  });

  it('keeps the epochs of each rendition apart, and takes pictures of the configured one only', () => {
    const gate = opened();
    const wall = (seq: number, flags: number, epoch: number) => ({
      ...message(seq, flags, epoch),
      rendition: 2,
    });
    gate.configured(message(0, 0, 7));
    expect(gate.frame(wall(1, Flag.KEY, 9))).toBe('drop');
    expect(gate.configured(wall(0, 0, 3))).toBe(true);
    expect(gate.frame(message(1, Flag.KEY, 7))).toBe('drop');
    expect(gate.frame(wall(1, Flag.KEY, 3))).toBe('decode');
    expect(gate.epoch).toBe(3);
    expect(gate.configured(message(0, 0, 6))).toBe(false);
    expect(gate.configured(message(0, 0, 7))).toBe(true);
    expect(gate.configured(wall(0, 0, 2))).toBe(false);
  });

  it('does not decode under a configuration it never saw', () => {
    const gate = opened();
    expect(gate.frame(message(1, Flag.KEY, 1, 2))).toBe('ask');
    expect(gate.frame(message(1, Flag.KEY, 2, 1))).toBe('ask');
  });

  it('waits on a new connection for its CONFIG, counts anew, and remembers the epoch', () => {
    const gate = opened();
    gate.configured(message(0, 0, 7));
    gate.frame(message(9, Flag.KEY, 7));
    gate.opened();
    expect([gate.received, gate.epoch]).toEqual([0, 7]);
    expect(gate.frame(message(10, 0, 7))).toBe('ask');
    expect(gate.configured(message(0, 0, 6))).toBe(false);
  });

  it('waits for a key frame after a gap', () => {
    const gate = opened();
    gate.frame(message(1, Flag.KEY));
    gate.reset();
    expect([gate.frame(message(2)), gate.frame(message(3, Flag.KEY))]).toEqual(['drop', 'decode']);
  });
});
