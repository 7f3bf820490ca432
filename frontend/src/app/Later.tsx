/** A page that the rooms do not need: its code comes when it is opened, so that theirs comes sooner. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { speakOfAll, t } from '../words';

export function later(load: () => Promise<ComponentType>): ComponentType {
  return function Later() {
    const [Page, setPage] = useState<ComponentType | null>(null);
    const [lost, setLost] = useState(false);
    useEffect(() => {
      Promise.all([load(), speakOfAll()]).then(
        ([page]) => setPage(() => page),
        () => setLost(true),
      );
    }, []);
    if (Page !== null) return <Page />;
    return (
      <p class="notice" role={lost ? 'alert' : 'status'}>
        {t(lost ? 'pageLost' : 'loading')}
      </p>
    );
  };
}
