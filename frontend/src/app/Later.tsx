/** Code that comes after the page: theirs comes sooner without it. A service that restarts has none for a while. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { speakOfAll, t } from '../words';

const AGAIN_MS = 5_000;

/** Null until it came; `lost`: it could not be had, and is asked for until it comes. */
export interface Late<T> {
  part: T | null;
  lost: boolean;
}

/** `load` is called once it is `wanted`, and every few seconds again until it gives. */
export function useLate<T>(load: () => Promise<T>, wanted = true): Late<T> {
  const [late, setLate] = useState<Late<T>>({ part: null, lost: false });
  useEffect(() => {
    if (!wanted || late.part !== null) return;
    let [left, again] = [false, 0];
    const ask = () => {
      load().then(
        (part) => left || setLate({ part, lost: false }),
        () => {
          if (left) return;
          setLate({ part: null, lost: true });
          again = window.setTimeout(ask, AGAIN_MS);
        },
      );
    };
    ask();
    return () => {
      left = true;
      clearTimeout(again);
    };
  }, [wanted]);
  return late;
}

/** In place of what has not come yet. */
export const Awaited = ({ lost }: { lost: boolean }) => (
  <p class="notice" role={lost ? 'alert' : 'status'}>
    {t(lost ? 'pageLost' : 'loading')}
  </p>
);

/** A page that the rooms do not need: its code comes when it is opened. */
export function later(load: () => Promise<ComponentType>): ComponentType {
  return function Later() {
    const { part, lost } = useLate(() => Promise.all([load(), speakOfAll()]));
    if (part === null) return <Awaited lost={lost} />;
    const [Page] = part;
    return <Page />;
  };
}
