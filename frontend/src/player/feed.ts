import type { Cause, PlayerState, Rendition, Suspect } from './contract';
import { type Config, Decoder } from './decoder';
import { Gate } from './gate';
import { askTicket } from './ticket';
import { backoffMs, type Facts, mustBlank, ServerClock, told } from './truth';
import { BadMessage, Flag, json, type Message, MessageType, parse } from './wire';

const ACK_MS = 250;
const PROBE_MS = 10_000;
const PROBES_AT_START = 5;
const QUEUE_MAX = 3;
const STEP_UP_MS = [60_000, 600_000] as const;
const FINAL = new Set([1009, 1011, 4400, 4403]);
const DEAD_MS = 6_000;

interface StatePayload {
  state: NonNullable<Facts['state']>;
  cause: Cause | null;
  suspect: Suspect | null;
  remaining_ms: number;
  server_us: number;
}

const now = () => performance.now();

/** One camera of one grant on one canvas: ticket, socket, decoder, picture. Lives in the player's worker. */
export class Feed {
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #gate = new Gate();
  readonly #clock = new ServerClock();
  readonly #captures = new Map<number, Message>();
  #facts: Facts;
  #socket: WebSocket | null = null;
  readonly #decoder = new Decoder({
    picture: (frame) => this.#output(frame),
    rebuilt: () => {
      this.#gate.reset();
      this.#say({ type: 'key' });
    },
    gaveUp: () => {
      this.#undecodable = true;
    },
  });
  #pending: VideoFrame | null = null;
  #decoded = 0;
  #drawn = 0;
  #blank = false;
  #closed = false;
  #undecodable = false;
  #heardMs = 0;
  #said = '';
  #timers: number[] = [];
  #retry = 0;
  #stepUpMs: number = STEP_UP_MS[0];
  #steppedDownAt: number | null = null;
  #steppedUpAt = Number.NEGATIVE_INFINITY;
  #overloads: number[] = [];

  constructor(
    readonly canvas: OffscreenCanvas,
    readonly grant: string,
    readonly camera: string,
    private rendition: Rendition,
    private readonly onState: (state: PlayerState) => void,
  ) {
    const context = canvas.getContext('2d', { alpha: false, desynchronized: true });
    if (context === null) throw new Error('no 2D canvas');
    this.#context = context;
    this.#facts = this.#fresh();
    this.#paintBlack();
    void this.#connect();
  }

  #fresh(): Facts {
    return {
      openedMs: now(),
      drawn: null,
      stateAtMs: null,
      state: null,
      cause: null,
      suspect: null,
      endsAtMs: null,
      end: null,
      paused: this.#facts?.paused ?? false,
      attempt: 0,
    };
  }

  // -- the socket ---------------------------------------------------------------------------------

  async #connect(): Promise<void> {
    const answer = await askTicket(this.grant, this.camera);
    if (this.#closed) return;
    if (answer.kind === 'refused') this.#end({ reason: answer.code, retry: false });
    if (answer.kind === 'again') this.#again();
    if (answer.kind !== 'ticket') return;
    const socket = new WebSocket(answer.ticket.url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#heardMs = now();
    socket.onopen = () => {
      this.#say({
        ticket: answer.ticket.ticket,
        rendition: this.rendition,
        clock: Math.round(now() * 1000),
      });
      this.#startTimers();
      if (this.#facts.paused) this.#say({ type: 'pause' });
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.#received(socket, event.data);
    socket.onclose = (event) => this.#lost(socket, event.code);
  }

  /** The server speaks each second: after six of silence the link is dead, whatever the socket thinks. */
  #checkLink(at: number): void {
    const socket = this.#socket;
    if (socket === null || at - this.#heardMs < DEAD_MS) return;
    this.#socket = null;
    this.#stopTimers();
    socket.close();
    this.#again();
  }

  #lost(socket: WebSocket, code: number): void {
    if (this.#socket !== socket || this.#closed) return;
    this.#socket = null;
    this.#stopTimers();
    const end = this.#facts.end;
    if (end !== null && !end.retry) return;
    if (FINAL.has(code)) {
      this.#end({ reason: end?.reason ?? 'ended', retry: false });
      return;
    }
    this.#facts.end = null;
    this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    this.#retry += 1;
    this.#facts = { ...this.#fresh(), attempt: this.#retry };
    this.#dropDecoder();
    this.#timers.push(setTimeout(() => void this.#connect(), backoffMs(this.#retry, Math.random())) as never);
  }

  #say(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #startTimers(): void {
    this.#timers.push(setInterval(() => this.#acknowledge(), ACK_MS) as never);
    for (let n = 1; n < PROBES_AT_START; n++)
      this.#timers.push(setTimeout(() => this.#probe(), n * 300) as never);
    this.#timers.push(setInterval(() => this.#probe(), PROBE_MS) as never);
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #probe(): void {
    this.#say({ type: 'clock', client_us: Math.round(now() * 1000) });
  }

  #acknowledge(): void {
    this.#say({
      type: 'ack',
      epoch: this.#gate.epoch,
      received: this.#gate.received,
      decoded: this.#decoded,
      drawn: this.#drawn,
      queue: this.#decoder.queue,
      hidden: this.#facts.paused,
    });
  }

  // -- messages -----------------------------------------------------------------------------------

  #received(socket: WebSocket, data: ArrayBuffer): void {
    if (this.#socket !== socket) return;
    this.#heardMs = now();
    let message: Message;
    try {
      message = parse(data);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      socket.close(4000, 'protocol');
      return;
    }
    switch (message.type) {
      case MessageType.CONFIG:
        if (this.#gate.configured(message)) this.#configure(json(message) as Config);
        break;
      case MessageType.FRAME:
        this.#frame(message);
        break;
      case MessageType.GAP:
        this.#gate.gap();
        break;
      case MessageType.STATE:
        this.#state(json(message) as StatePayload);
        break;
      case MessageType.CLOCK: {
        const { client_us, server_us } = json(message) as { client_us: number; server_us: number };
        this.#clock.probed(client_us / 1000, now(), server_us);
        break;
      }
      case MessageType.END:
        this.#end(json(message) as { reason: string; retry: boolean });
        break;
    }
  }

  #state(payload: StatePayload): void {
    const at = now();
    this.#clock.guessed(at, payload.server_us);
    this.#retry = 0;
    this.#facts = {
      ...this.#facts,
      attempt: 0,
      stateAtMs: at,
      state: payload.state,
      cause: payload.cause,
      suspect: payload.suspect,
      endsAtMs: at + payload.remaining_ms,
    };
    this.#maybeStepUp(at);
  }

  #frame(message: Message): void {
    const verdict = this.#gate.frame(message);
    if (verdict === 'ask') this.#say({ type: 'key' });
    if (verdict !== 'decode' || this.#facts.end !== null || !this.#decoder.ready) return;
    const key = (message.flags & Flag.KEY) !== 0;
    if (!key && this.#decoder.queue > QUEUE_MAX) {
      this.#gate.reset();
      this.#say({ type: 'key' });
      this.#overloaded();
      return;
    }
    this.#captures.set(message.captureUs, message);
    this.#decoder.decode(message, key);
  }

  // -- the decoder --------------------------------------------------------------------------------

  #configure(config: Config): void {
    this.#undecodable = false;
    this.#dropPictures();
    this.#decoder.configure(config);
    this.#gate.reset();
  }

  #dropDecoder(): void {
    this.#decoder.forget();
    this.#dropPictures();
  }

  #dropPictures(): void {
    this.#pending?.close();
    this.#pending = null;
    this.#captures.clear();
  }

  #output(frame: VideoFrame): void {
    this.#pending?.close();
    this.#pending = frame;
    this.#decoded = this.#captures.get(frame.timestamp)?.seq ?? this.#decoded;
  }

  #overloaded(): void {
    const at = now();
    this.#overloads = [...this.#overloads.filter((t) => at - t < 10_000), at];
    if (this.#overloads.length >= 3 && this.rendition === 'focus' && this.#steppedDownAt === null) {
      this.#steppedDownAt = at;
      this.#say({ type: 'rendition', rendition: 'wall' });
    }
  }

  #maybeStepUp(at: number): void {
    if (this.#steppedDownAt === null || at - this.#steppedDownAt < this.#stepUpMs) return;
    this.#steppedDownAt = null;
    // After ten calm minutes the next step down is forgiven as quickly as the first.
    const calm = at - this.#steppedUpAt > STEP_UP_MS[1];
    this.#stepUpMs = calm ? STEP_UP_MS[0] : Math.min(STEP_UP_MS[1], this.#stepUpMs * 2);
    this.#steppedUpAt = at;
    this.#say({ type: 'rendition', rendition: this.rendition });
  }

  // -- the picture --------------------------------------------------------------------------------

  /** Called on each animation frame: the newest picture or black, and the words that go with it. */
  paint(): void {
    const at = now();
    const frame = this.#pending;
    this.#pending = null;
    if (frame !== null) {
      if (this.#mayShow(at)) this.#draw(frame);
      frame.close();
    }
    this.#checkLink(at);
    const state = this.#told(at);
    if (mustBlank(state, this.#facts, at)) this.#paintBlack();
    if (state.kind === 'ended' && this.#facts.end === null) this.#end({ reason: state.reason, retry: false });
    this.#tell(state);
  }

  #told(at: number): PlayerState {
    const facts: Facts = this.#undecodable ? { ...this.#facts, state: 'fault', cause: 'codec' } : this.#facts;
    return told(facts, at, this.#clock.now(at));
  }

  #mayShow(at: number): boolean {
    const { end, endsAtMs, paused, stateAtMs, state } = this.#facts;
    return (
      end === null &&
      !paused &&
      state !== 'fault' &&
      stateAtMs !== null &&
      (endsAtMs === null || at < endsAtMs)
    );
  }

  #draw(frame: VideoFrame): void {
    if (this.canvas.width !== frame.displayWidth || this.canvas.height !== frame.displayHeight) {
      this.canvas.width = frame.displayWidth;
      this.canvas.height = frame.displayHeight;
    }
    this.#context.drawImage(frame, 0, 0);
    this.#blank = false;
    const message = this.#captures.get(frame.timestamp);
    if (message === undefined) return;
    this.#drawn = message.seq;
    this.#facts.drawn = {
      captureMs: message.captureUs / 1000,
      estimated: (message.flags & Flag.CAPTURE_ESTIMATED) !== 0,
    };
    for (const capture of this.#captures.keys())
      if (capture <= frame.timestamp) this.#captures.delete(capture);
  }

  #paintBlack(): void {
    if (this.#blank) return;
    this.#context.fillStyle = '#000';
    this.#context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.#blank = true;
  }

  #tell(state: PlayerState): void {
    // Ages are told four times a second at most: a tenth of a second is all a person reads.
    const rounded = JSON.stringify(state, (_key, value) =>
      typeof value === 'number' ? Math.round(value / 250) : value,
    );
    if (rounded !== this.#said) {
      this.#said = rounded;
      this.onState(state);
    }
  }

  #end(end: { reason: string; retry: boolean }): void {
    this.#facts.end = end;
    this.#facts.drawn = null;
    this.#dropDecoder();
    this.#paintBlack();
    if (!end.retry) {
      this.#stopTimers();
      this.#socket?.close();
      this.#socket = null;
    }
  }

  // -- wishes of the page -------------------------------------------------------------------------

  pause(paused: boolean): void {
    if (this.#facts.paused === paused) return;
    this.#facts.paused = paused;
    this.#facts.drawn = null;
    this.#dropPictures();
    this.#gate.reset();
    this.#say({ type: paused ? 'pause' : 'resume' });
  }

  show(rendition: Rendition): void {
    if (this.rendition === rendition) return;
    this.rendition = rendition;
    this.#steppedDownAt = null;
    this.#say({ type: 'rendition', rendition });
  }

  close(): void {
    this.#closed = true;
    this.#stopTimers();
    this.#dropDecoder();
    this.#paintBlack();
    this.#socket?.close();
    this.#socket = null;
  }
}
