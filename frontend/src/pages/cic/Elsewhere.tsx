/** What left the queue without this person's doing: two operators decide at once, the first wins, both know. */
import { ExerciseMark } from '../../app/Exercise';
import { St, type StKind } from '../../app/St';
import { decidedElsewhere, queue, type Request, type RoomState } from '../../state/room';
import { me, nameOf, organisationOf } from '../../state/store';
import { now } from '../../state/time';
import { cameraCount, clockTime, type Key, t } from '../../words';

const SHOWN = 3;
const SAID: Partial<Record<Request['state'], { kind: StKind; word: Key }>> = {
  approved: { kind: 'ok', word: 'otherApproved' },
  refused: { kind: 'off', word: 'otherRefused' },
  withdrawn: { kind: 'idle', word: 'otherWithdrawn' },
  lapsed: { kind: 'stale', word: 'otherLapsed' },
};

interface Props {
  room: RoomState;
  /** What this person was reading when it was decided. */
  taken: Request | null;
}

export function Elsewhere({ room, taken }: Props) {
  const decided = decidedElsewhere(room, me.value?.person.id ?? '', now.value).slice(0, SHOWN);
  return (
    <div class={taken === null ? 'elsewhere' : 'elsewhere stays'} role="status">
      {taken !== null && <Decided key={taken.id} request={taken} />}
      {taken !== null && queue(room).length > 0 && <p>{t('takenHeld')}</p>}
      {taken === null && decided.map((request) => <Decided key={request.id} request={request} />)}
    </div>
  );
}

function Decided({ request }: { request: Request }) {
  const said = SAID[request.state];
  if (said === undefined) return null;
  return (
    <p>
      <St kind={said.kind}>{t(said.word)}</St>
      <span>
        <ExerciseMark of={request} /> <b>{nameOf(request.decided_by)}</b>{' '}
        <span class="num">{clockTime(Date.parse(request.decided_at ?? ''))}</span>
        {' · '}
        {organisationOf(request.beneficiary)?.short_name}, {nameOf(request.requester)} ·{' '}
        {cameraCount(request.cameras.length)}
      </span>
    </p>
  );
}
