import type { Served } from './contract';

/** The 40-byte header of docs/wire-protocol.md. Pure; proven against tests/golden/wire.json. */
export const HEADER_BYTES = 40;
const PAYLOAD_MAX = 4 << 20;

export const MessageType = { CONFIG: 1, FRAME: 2, GAP: 3, STATE: 4, CLOCK: 5, END: 6 } as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];
export const Flag = {
  KEY: 1,
  DISCONTINUITY: 2,
  CAPTURE_REPORTED: 4,
  CAPTURE_ESTIMATED: 8,
  STALLED: 16,
  DAMAGED: 32,
} as const;

/** By rendition id; before a picture exists it is 0. */
export const RENDITIONS: Readonly<Record<number, Served>> = {
  1: 'focus',
  2: 'wall',
  3: 'focus_low',
  4: 'wall_low',
};

export interface Message {
  type: MessageType;
  flags: number;
  seq: number;
  epoch: number;
  config: number;
  rendition: number;
  /** Microseconds since 1970 UTC. */
  captureUs: number;
  encodedUs: number;
  ingestUs: number;
  payload: Uint8Array<ArrayBuffer>;
}

export class BadMessage extends Error {}

/** The message in `data`; throws BadMessage for anything that is not exactly one. */
export function parse(data: ArrayBuffer): Message {
  if (data.byteLength < HEADER_BYTES) throw new BadMessage('shorter than its header');
  const view = new DataView(data);
  const type = view.getUint8(1);
  const flags = view.getUint16(2);
  const length = view.getUint32(36);
  if (view.getUint8(0) !== 1) throw new BadMessage('version');
  if (type < 1 || type > 6 || (flags & ~0x3f) !== 0) throw new BadMessage('type or flags');
  if (length > PAYLOAD_MAX || length !== data.byteLength - HEADER_BYTES) throw new BadMessage('length');
  return {
    type: type as MessageType,
    flags,
    seq: view.getUint32(4),
    epoch: view.getUint32(8),
    config: view.getUint16(12),
    rendition: view.getUint16(14),
    captureUs: Number(view.getBigInt64(16)),
    encodedUs: Number(view.getBigInt64(24)),
    ingestUs: view.getUint32(32),
    payload: new Uint8Array(data, HEADER_BYTES),
  };
}

export function json(message: Message): unknown {
  return JSON.parse(new TextDecoder().decode(message.payload));
}
