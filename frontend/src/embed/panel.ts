/**
 * `<crisislink-panel src="https://crisislink.example/embed/hopital" incident="inc_…" theme="dark" lang="fr">`
 *
 * For the dispatch software's page: puts our page into a frame, hears `crisislink-launch` when it needs a code
 * (`panel.launch(code)` gives it), `crisislink-state` when what it shows changes, `crisislink-over` when it ends.
 * It believes its own frame at the origin of `src` and nobody else, and knows neither token nor picture.
 */
import type { Connect, Ready, Said, Setting, Told } from './protocol';

const READY: Ready = 'crisislink:ready';
const CONNECT: Connect = 'crisislink:connect';
const SANDBOX = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';
const EVENTS: Record<Said['type'], string> = {
  launch: 'crisislink-launch',
  state: 'crisislink-state',
  over: 'crisislink-over',
};

class CrisisLinkPanel extends HTMLElement {
  static observedAttributes = ['src', 'theme', 'lang', 'incident', 'case-ref'];
  #frame: HTMLIFrameElement | null = null;
  #origin = '';
  #port: MessagePort | null = null;

  connectedCallback(): void {
    addEventListener('message', this.#heard);
    this.#open();
  }

  disconnectedCallback(): void {
    removeEventListener('message', this.#heard);
    this.#close();
  }

  attributeChangedCallback(name: string): void {
    if (!this.isConnected) return;
    if (name === 'src') this.#open();
    else this.#say({ type: 'setting', setting: this.#setting() });
  }

  /** Give the code that `crisislink-launch` asked for. */
  launch(code: string): void {
    this.#say({ type: 'code', code });
  }

  #open(): void {
    this.#close();
    const src = this.getAttribute('src');
    if (src === null || !URL.canParse(src)) return;
    this.#origin = new URL(src).origin;
    const frame = document.createElement('iframe');
    frame.title = 'CrisisLink';
    frame.allow = 'fullscreen';
    frame.referrerPolicy = 'no-referrer';
    frame.sandbox.value = SANDBOX;
    Object.assign(frame.style, { border: '0', width: '100%', height: '100%', display: 'block' });
    frame.src = src;
    this.#frame = frame;
    (this.shadowRoot ?? this.attachShadow({ mode: 'open' })).replaceChildren(frame);
  }

  #close(): void {
    this.#port?.close();
    this.#port = null;
    this.#frame?.remove();
    this.#frame = null;
  }

  readonly #heard = (event: MessageEvent<{ type?: unknown } | null>) => {
    const frame = this.#frame?.contentWindow;
    if (!frame || event.source !== frame || event.origin !== this.#origin) return;
    if (event.data?.type !== READY) return;
    this.#port?.close(); // the frame was loaded anew
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<Said>) => this.#tell(data);
    frame.postMessage({ type: CONNECT, setting: this.#setting() }, this.#origin, [port2]);
  };

  #tell({ type, ...detail }: Said): void {
    this.dispatchEvent(new CustomEvent(EVENTS[type], { detail, bubbles: true, composed: true }));
  }

  #say(told: Told): void {
    this.#port?.postMessage(told);
  }

  #setting(): Setting {
    return {
      theme: this.getAttribute('theme'),
      language: this.getAttribute('lang'),
      incident: this.getAttribute('incident'),
      caseRef: this.getAttribute('case-ref'),
    };
  }
}

customElements.define('crisislink-panel', CrisisLinkPanel);
