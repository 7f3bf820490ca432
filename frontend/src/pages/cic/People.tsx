/** Who watches at this moment, by name; each can be cut from all they see. */
import { useState } from 'preact/hooks';
import type { Viewing } from '../../state/room';
import { nameOf } from '../../state/store';
import { cameraCount, t } from '../../words';
import { cut } from './decide';

/** What each person watches: person → grant → cameras. */
export function watched(viewings: readonly Viewing[]): Map<string, Map<string, Set<string>>> {
  const people = new Map<string, Map<string, Set<string>>>();
  for (const { person, grant, camera } of viewings) {
    const grants = people.get(person) ?? new Map<string, Set<string>>();
    grants.set(grant, (grants.get(grant) ?? new Set()).add(camera));
    people.set(person, grants);
  }
  return people;
}

export function People({ viewings }: { viewings: readonly Viewing[] }) {
  const people = [...watched(viewings)];
  if (people.length === 0) return null;
  return (
    <section class="people" aria-label={t('peopleTitle')}>
      <ul>
        {people.map(([person, grants]) => (
          <One key={person} person={person} grants={grants} />
        ))}
      </ul>
      <p class="muted">{t('cutPersonWhy')}</p>
    </section>
  );
}

function One({ person, grants }: { person: string; grants: Map<string, Set<string>> }) {
  const [busy, setBusy] = useState(false);
  const sees = new Set([...grants.values()].flatMap((cameras) => [...cameras])).size;
  const cutAll = async () => {
    setBusy(true);
    await cut([...grants].map(([grant, cameras]) => ({ grant, cameras: [...cameras] })));
    setBusy(false);
  };
  return (
    <li>
      <span>
        <b>{nameOf(person)}</b> · {cameraCount(sees)}
      </span>
      <button
        type="button"
        class="btn sm no"
        disabled={busy}
        aria-label={`${t('cutPerson')} ${nameOf(person)}`}
        onClick={() => void cutAll()}
      >
        {t('cutPerson')}
      </button>
    </li>
  );
}
