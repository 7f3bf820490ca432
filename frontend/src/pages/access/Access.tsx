/** The declaration of accessibility (RGAA 4.1, article 47 of the law of 11 February 2005): what is known, no more. */
import { useEffect, useState } from 'preact/hooks';
import { api, body, type Schemas } from '../../api/client';
import { TopBar } from '../../app/TopBar';
import { language } from '../../words';
import { DECLARATION } from './declaration';

export function Access() {
  const [providers, setProviders] = useState<Schemas['SignIn']['providers']>([]);
  useEffect(() => {
    body(api.GET('/api/sign-in')).then(
      (ways) => setProviders(ways.providers),
      () => setProviders([]),
    );
  }, []);
  const said = DECLARATION[language.value];
  document.title = `CrisisLink · ${said.title}`;
  const contacts = providers.flatMap(({ label, help }) => (help === null ? [] : [`${label} : ${help}`]));
  return (
    <div class="door">
      <div>
        <TopBar title={null} />
      </div>
      <main id="main">
        <article class="card prose">
          <h1>{said.title}</h1>
          {said.sections.map(({ heading, paragraphs, list = [] }) => (
            <section key={heading}>
              <h2>{heading}</h2>
              {paragraphs.map((paragraph) => (
                <p key={paragraph}>{paragraph}</p>
              ))}
              {list.length > 0 && <Points of={list} />}
            </section>
          ))}
          <section>
            <h2>{said.contact}</h2>
            <p>{said.contactLead}</p>
            <Points of={contacts.length > 0 ? contacts : [said.contactNone]} />
          </section>
        </article>
      </main>
    </div>
  );
}

function Points({ of }: { of: readonly string[] }) {
  return (
    <ul>
      {of.map((point) => (
        <li key={point}>{point}</li>
      ))}
    </ul>
  );
}
