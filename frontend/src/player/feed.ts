import type { Cause, PlayerState, Rendition, Suspect } from './contract';
import type { Config } from './decoder';
import { Gate } from './gate';
import { Link, type LinkEvents } from './link';
import type { Screen, ScreenEvents } from './screen';
import { Steps } from './steps';
import type { Ticket } from './ticket';
import { type Facts, freshFacts, mayShow, mustBlank, ServerClock, told } from './truth';
import { Flag, json, type Message, MessageType } from './wire';

interface StatePayload {
  state: NonNullable<Facts['state']>;
  cause: Cause | null;
  suspect: Suspect | null;
  remaining_ms: number;
  server_us: number;
}
interface ClockPayload {
  client_us: number;
  server_us: number;
}

const AGES_MS = 1_000;
const now = () => performance.now();

/** One camera of one grant on one screen: link, gate, decoder, picture. Lives where its screen can. */
export class Feed {
  readonly #gate = new Gate();
  readonly #clock = new ServerClock();
  readonly #steps: Steps;
  readonly #link: Link;
  readonly #screen: Screen;
  #facts: Facts;
  #said = '';
  #saidAtMs = 0;

  constructor(
    screen: (events: ScreenEvents) => Screen,
    grant: string,
    camera: string,
    rendition: Rendition,
    private readonly onState: (state: PlayerState) => void,
    token: string | null = null,
    ticket?: Ticket,
  ) {
    this.#steps = new Steps(rendition);
    this.#facts = freshFacts(now(), false);
    this.#screen = screen({
      decoded: () => {
        this.#facts.undecodable = false;
      },
      lost: () => this.#broken(),
      rebuilt: () => this.#askKey(),
      gaveUp: () => {
        this.#facts.undecodable = true;
      },
    });
    const events: LinkEvents = {
      hello: () => ({ rendition: this.#steps.rendition, clock: Math.round(now() * 1000) }),
      opened: () => this.#opened(),
      heard: (message) => this.#heard(message),
      again: () => this.#facts.end?.retry ?? false,
      acknowledgement: () => this.#acknowledgement(),
      lost: (attempt) => this.#lost(attempt),
      over: (reason) => this.#end({ reason: this.#facts.end?.reason ?? reason, retry: false }),
    };
    this.#link = new Link(grant, camera, events, token, ticket);
    void this.#link.open();
  }

  // -- the connection -----------------------------------------------------------------------------

  #opened(): void {
    this.#gate.opened();
    this.#screen.restart();
    if (this.#facts.paused) this.#link.say({ type: 'pause' });
  }

  #lost(attempt: number): void {
    this.#facts = { ...freshFacts(now(), this.#facts.paused), attempt };
    this.#screen.stop();
    this.#screen.forget();
    this.#screen.blacken();
  }

  #acknowledgement(): object {
    return {
      type: 'ack',
      epoch: this.#gate.epoch,
      received: this.#gate.received,
      decoded: this.#screen.decoded,
      drawn: this.#screen.drawn,
      queue: this.#screen.queue,
      hidden: this.#facts.paused,
    };
  }

  #heard(message: Message): void {
    switch (message.type) {
      case MessageType.CONFIG:
        this.#configured(message);
        break;
      case MessageType.FRAME:
        this.#frame(message);
        break;
      case MessageType.GAP:
        this.#broken();
        break;
      case MessageType.STATE:
        this.#state(json(message) as StatePayload);
        break;
      case MessageType.CLOCK: {
        const { client_us, server_us } = json(message) as ClockPayload;
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
    this.#link.alive();
    this.#facts = {
      ...this.#facts,
      attempt: 0,
      stateAtMs: at,
      state: payload.state,
      cause: payload.cause,
      suspect: payload.suspect,
      endsAtMs: at + payload.remaining_ms,
    };
    if (this.#steps.up(at)) this.#link.say({ type: 'rendition', rendition: this.#steps.rendition });
  }

  // -- pictures -----------------------------------------------------------------------------------

  #configured(message: Message): void {
    if (!this.#gate.configured(message) || this.#facts.end !== null) return;
    this.#broken();
    this.#screen.restart();
    this.#facts.undecodable = false;
    this.#screen.configure(json(message) as Config);
  }

  #frame(message: Message): void {
    const verdict = this.#gate.frame(message);
    if (verdict === 'ask') {
      this.#broken();
      this.#askKey();
    }
    if (verdict !== 'decode' || !this.#screen.ready || this.#facts.paused || this.#facts.end !== null) return;
    const key = (message.flags & Flag.KEY) !== 0;
    const at = now();
    if (this.#steps.overloaded(this.#screen.queue, at) && !key) {
      this.#broken();
      this.#askKey();
      if (this.#steps.down(at)) this.#link.say({ type: 'rendition', rendition: 'wall' });
      return;
    }
    this.#screen.show(message);
  }

  /** Pictures are missing: nothing is drawn, and nothing is called live, until a key frame was. */
  #broken(): void {
    this.#gate.reset();
    this.#screen.forget();
    this.#facts.whole = false;
  }

  #askKey(): void {
    this.#link.say({ type: 'key' });
  }

  /** Called on each animation frame: the newest picture or black, and the words that go with it. */
  paint(): void {
    const at = now();
    this.#link.check(at);
    if (mayShow(this.#facts, at)) {
      const about = this.#screen.draw();
      if (about !== null) this.#facts = { ...this.#facts, drawn: about, whole: true };
    } else {
      this.#blank();
    }
    const state = told(this.#facts, at, this.#clock.now(at));
    if (mustBlank(state, this.#facts, at)) this.#blank();
    if (state.kind === 'ended' && this.#facts.end === null) this.#end({ reason: state.reason, retry: false });
    this.#tell(state);
  }

  #blank(): void {
    this.#screen.blacken();
    this.#facts.whole = false;
  }

  #tell(state: PlayerState): void {
    // What changes is told at once; ages alone once a second: sixteen tiles share one main thread.
    const sense = JSON.stringify(state, (_key, value) => (typeof value === 'number' ? 0 : value));
    const at = now();
    if (sense === this.#said && at - this.#saidAtMs < AGES_MS) return;
    this.#said = sense;
    this.#saidAtMs = at;
    this.onState(state);
  }

  #end(end: { reason: string; retry: boolean }): void {
    this.#facts = { ...this.#facts, end, drawn: null };
    this.#screen.stop();
    this.#screen.forget();
    this.#blank();
    if (!end.retry) this.#link.stop();
  }

  // -- wishes of the page -------------------------------------------------------------------------

  pause(paused: boolean): void {
    if (this.#facts.paused === paused) return;
    this.#broken();
    this.#facts = { ...this.#facts, paused, drawn: null };
    this.#blank();
    this.#link.say({ type: paused ? 'pause' : 'resume' });
  }

  show(rendition: Rendition): void {
    if (this.#steps.wished(rendition)) this.#link.say({ type: 'rendition', rendition });
  }

  close(): void {
    this.#link.stop();
    this.#screen.stop();
    this.#screen.forget();
    this.#screen.blacken();
  }
}
