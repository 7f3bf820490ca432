/** The page around ours: nobody's word counts but that of our own parent, at an origin that our service names. */
import type { Connect, Ready, Said, Setting, Told } from './protocol';

const READY: Ready = 'crisislink:ready';
const CONNECT: Connect = 'crisislink:connect';

/** A page that may show ours. `origin`: as the browser vouches for it. */
export interface Host {
  origin: string;
  setting: Setting;
  say(said: Said): void;
  hear(told: (told: Told) => void): void;
}

interface Greeting {
  type?: unknown;
  setting?: Setting;
}

/** Wait for the page around us to connect; it never does where it is none of `allowed`. */
export function hosted(allowed: readonly string[], here: Window = window): Promise<Host> {
  return new Promise((resolve) => {
    const heard = (event: MessageEvent<Greeting | null>) => {
      const [port] = event.ports;
      if (event.source !== here.parent || !allowed.includes(event.origin)) return;
      if (event.data?.type !== CONNECT || event.data.setting === undefined || port === undefined) return;
      here.removeEventListener('message', heard);
      resolve({
        origin: event.origin,
        setting: event.data.setting,
        say: (said) => port.postMessage(said),
        hear: (told) => {
          port.onmessage = ({ data }: MessageEvent<Told>) => told(data);
        },
      });
    };
    here.addEventListener('message', heard);
    const around = here.location.ancestorOrigins?.[0];
    for (const origin of allowed)
      if (around === undefined || around === origin) here.parent.postMessage({ type: READY }, origin);
  });
}
