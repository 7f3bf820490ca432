import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Decoder, Failures } from './decoder';

describe('what to do about a failing decoder', () => {
  it('build it again, then in software a second later, then say so and try seldom', () => {
    const failures = new Failures();
    expect([0, 100, 1_200, 11_300, 31_400].map((at) => failures.note(at))).toEqual([
      { waitMs: 0, software: false, giveUp: false },
      { waitMs: 1_000, software: true, giveUp: false },
      { waitMs: 10_000, software: true, giveUp: true },
      { waitMs: 20_000, software: true, giveUp: false },
      { waitMs: 30_000, software: true, giveUp: false },
    ]);
  });

  it('forgive what lies a minute back', () => {
    const failures = new Failures();
    failures.note(0);
    expect(failures.note(61_000)).toEqual({ waitMs: 0, software: false, giveUp: false });
  });
});

class FailingDecoder {
  static built: FailingDecoder[] = [];
  static throws = false;
  state = 'unconfigured';
  decodeQueueSize = 0;
  configured: VideoDecoderConfig[] = [];
  constructor(readonly init: VideoDecoderInit) {
    FailingDecoder.built.push(this);
  }
  configure(config: VideoDecoderConfig): void {
    if (FailingDecoder.throws) throw new TypeError('codec');
    this.configured.push(config);
  }
  close(): void {
    this.state = 'closed';
  }
}

describe('a decoder', () => {
  const events = { picture: vi.fn(), lost: vi.fn(), rebuilt: vi.fn(), gaveUp: vi.fn() };
  const config = { codec: 'avc1.4d401f', width: 640, height: 360, fps: 25, avcc: 'AQ==' };
  const latest = () => FailingDecoder.built.at(-1) as FailingDecoder;
  const fail = (name: string) => latest().init.error(new DOMException('', name));
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('VideoDecoder', FailingDecoder);
    FailingDecoder.built = [];
    FailingDecoder.throws = false;
    vi.clearAllMocks();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('that was taken back for being idle is replaced by one of the same kind, however often', () => {
    new Decoder(events).configure(config);
    for (let n = 0; n < 5; n++) {
      fail('QuotaExceededError');
      vi.advanceTimersByTime(1);
    }
    expect(FailingDecoder.built).toHaveLength(6);
    expect(latest().configured[0]?.hardwareAcceleration).toBe('no-preference');
    expect(events.rebuilt).toHaveBeenCalledTimes(5);
    expect(events.gaveUp).not.toHaveBeenCalled();
  });

  it('that fails goes to software at the second failure only, and gives up at the third', () => {
    new Decoder(events).configure(config);
    fail('EncodingError');
    vi.advanceTimersByTime(1);
    expect(latest().configured[0]?.hardwareAcceleration).toBe('no-preference');
    fail('EncodingError');
    vi.advanceTimersByTime(1_000);
    expect(latest().configured[0]?.hardwareAcceleration).toBe('prefer-software');
    expect(events.gaveUp).not.toHaveBeenCalled();
    fail('EncodingError');
    expect(events.gaveUp).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(9_999);
    expect(FailingDecoder.built).toHaveLength(3);
  });

  it('whose configure() throws does not loop', () => {
    FailingDecoder.throws = true;
    new Decoder(events).configure(config);
    vi.advanceTimersByTime(10_000);
    expect(FailingDecoder.built.length).toBeLessThanOrEqual(3);
    expect(events.gaveUp).toHaveBeenCalledOnce();
  });

  it('gives up a description that is no base64, and stays down when forgotten', () => {
    const decoder = new Decoder(events);
    decoder.configure({ ...config, avcc: '§' });
    expect(events.gaveUp).toHaveBeenCalledOnce();
    decoder.configure(config);
    fail('EncodingError');
    decoder.forget();
    vi.advanceTimersByTime(60_000);
    expect(decoder.ready).toBe(false);
    expect(FailingDecoder.built).toHaveLength(1);
  });
});
