/** What the service says is to be corrected, beside the form or the line it is about. */
import { useState } from 'preact/hooks';
import { Refused, type Schemas } from '../../../api/client';
import { attempt, Failure } from '../../../app/Failure';
import type { Draft } from '../../../state/stepup';
import { language, tCode } from '../../../words';

export type RowError = Schemas['RowErrorView'];

/** An act whose refusal may name rows: they are kept until the next try. */
export function useAct(at: string) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<RowError[]>([]);
  const act = async (work: () => Promise<unknown>, draft?: Draft): Promise<boolean> => {
    setBusy(true);
    setWrong([]);
    const noting = async () => {
      try {
        await work();
      } catch (error) {
        if (error instanceof Refused) setWrong(error.problem?.rows ?? []);
        throw error;
      }
    };
    const done = await attempt(noting, at, draft);
    setBusy(false);
    return done;
  };
  return { act, busy, shown: <Wrong at={at} errors={wrong} /> };
}

function Wrong({ at, errors }: { at: string; errors: RowError[] }) {
  return (
    <>
      <Failure at={at} />
      <Errors errors={errors} />
    </>
  );
}

export function Errors({ errors }: { errors: RowError[] }) {
  if (errors.length === 0) return null;
  return (
    <ul class="wrong">
      {errors.map((error) => (
        <li key={`${error.line} ${error.column} ${error.code}`}>
          {error.line > 0 && <span class="num">{`${error.line} · `}</span>}
          {error.column && <b>{tCode('col_', error.column, 'col_nom')} : </b>}
          {language.value === 'fr' ? error.detail_fr : error.detail_en}
        </li>
      ))}
    </ul>
  );
}
