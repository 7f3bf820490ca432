/** What left the queue without this person's doing: two operators decide at once, the first wins, both know. */
import { ExerciseMark } from '../../app/Exercise';
import { St, type StKind } from '../../app/St';
import { decidedElsewhere, type Request, type RoomState } from '../../state/room';
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

export function Elsewhere({ room }: { room: RoomState }) {
  const decided = decidedElsewhere(room, me.value?.person.id ?? '', now.value).slice(0, SHOWN);
  return (
    <div class="elsewhere" role="status">
      {decided.map((request) => {
        const said = SAID[request.state];
        if (said === undefined) return null;
        return (
          <p key={request.id}>
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
      })}
    </div>
  );
}
