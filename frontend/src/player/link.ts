import { askTicket, type Ticket } from './ticket';
import { backoffMs } from './truth';
import { type Message, parse } from './wire';

const ACK_MS = 250;
const PROBE_MS = 10_000;
const PROBES_AT_START = 5;
/** Without a sign of life for this long, the socket is dead whatever it thinks of itself. */
export const DEAD_MS = 4_000;
/** A media node that failed is not asked for again this soon, where there is another. */
export const AVOID_MS = 10_000;
/** The node or the service leaves: somebody else carries the picture on at once. */
const LEAVING = 4503;
const LEAVING_PAUSE_MS = 200;
const STEADY_MS = 5_000;
const FINAL = new Set([1009, 1011, 4400, 4403]);

export interface LinkEvents {
  /** What the first message says beside the ticket. */
  hello(): object;
  /** The socket is open and the first message said. */
  opened(): void;
  /** May throw: what cannot be read is an error of the protocol. */
  heard(message: Message): void;
  /** Whether what the service said last was that trying again makes sense, whatever it closes with. */
  again(): boolean;
  /** Four times a second. */
  acknowledgement(): object;
  /** The connection is gone; the `attempt`th try to have another follows by itself. */
  lost(attempt: number): void;
  /** The connection is gone and none follows. */
  over(reason: string): void;
}

/** Ticket and socket of one camera of one grant, held open until it is over or stopped. */
export class Link {
  #socket: WebSocket | null = null;
  #stopped = false;
  #attempt = 0;
  #sinceMs = 0;
  #aliveMs = 0;
  #node = '';
  #avoid = new Map<string, number>();
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(
    private readonly grant: string,
    private readonly camera: string,
    private readonly events: LinkEvents,
    private readonly token: string | null = null,
    private readonly only?: Ticket,
  ) {}

  async open(): Promise<void> {
    if (this.only) {
      this.#dial(this.only);
      return;
    }
    const nowMs = performance.now();
    const avoid = [...this.#avoid].filter(([, untilMs]) => nowMs < untilMs).map(([node]) => node);
    const answer = await askTicket(this.grant, this.camera, avoid, this.token);
    if (this.#stopped) return;
    if (answer.kind === 'ticket') this.#dial(answer.ticket);
    else if (answer.kind === 'again') this.#again();
    else this.#over(answer.code);
  }

  say(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** STATE came. A link that held for a while starts anew with short pauses. */
  alive(): void {
    this.#aliveMs = performance.now();
    if (this.#aliveMs - this.#sinceMs >= STEADY_MS) this.#attempt = 0;
  }

  /** To be called often: gives a silent link up, also one that never spoke. */
  check(nowMs: number): void {
    if (this.#socket !== null && nowMs - this.#aliveMs >= DEAD_MS) this.#again();
  }

  stop(): void {
    this.#stopped = true;
    this.#hangUp(1000);
  }

  #dial({ ticket, url, node }: Ticket): void {
    this.#node = node;
    let socket: WebSocket;
    try {
      socket = new WebSocket(url);
    } catch {
      this.#again();
      return;
    }
    this.#socket = socket;
    this.#sinceMs = this.#aliveMs = performance.now();
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      const bearer = this.token === null ? {} : { token: this.token };
      this.say({ ticket, ...bearer, ...this.events.hello() });
      this.#startTimers();
      this.events.opened();
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => this.#received(socket, data);
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      if (FINAL.has(code) && !this.events.again()) this.#over('ended');
      else this.#again(1000, code === LEAVING);
    };
  }

  #received(socket: WebSocket, data: ArrayBuffer): void {
    if (this.#socket !== socket) return;
    try {
      this.events.heard(parse(data));
    } catch (error) {
      console.error('video socket: error of the protocol', error);
      this.#again(4000);
    }
  }

  #again(code = 1000, leaving = false): void {
    if (this.#stopped) return;
    if (this.only) {
      this.#over('lost'); // what the node said last says why
      return;
    }
    if (this.#socket !== null) this.#avoid.set(this.#node, performance.now() + AVOID_MS);
    this.#hangUp(code);
    this.#attempt += 1;
    const soon = leaving && this.#attempt === 1;
    const pauseMs = soon ? LEAVING_PAUSE_MS * Math.random() : backoffMs(this.#attempt, Math.random());
    this.#timers.push(setTimeout(() => void this.open(), pauseMs));
    this.events.lost(this.#attempt);
  }

  #over(reason: string): void {
    this.stop();
    this.events.over(reason);
  }

  #hangUp(code: number): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code);
  }

  #startTimers(): void {
    const probe = () => this.say({ type: 'clock', client_us: Math.round(performance.now() * 1000) });
    for (let n = 1; n < PROBES_AT_START; n++) this.#timers.push(setTimeout(probe, n * 300));
    this.#timers.push(setInterval(probe, PROBE_MS));
    this.#timers.push(setInterval(() => this.say(this.events.acknowledgement()), ACK_MS));
  }
}
