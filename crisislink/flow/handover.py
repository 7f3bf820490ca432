"""The change of shift: an incident passes to the next person, and the last one's pictures close at once.

    offered or asked ─▶ accepted ─▶ recorded, naming both ─▶ the looks of whoever is relieved are cut

The looks are known from the register: each is in it before its first picture leaves. A ticket they still
hold opens nothing (`viewing.redeem` asks again), and a look the cut did not reach ends with the next round
of questions (`viewing.may_go_on`). Grants, their clocks and everybody else's views stay as they are.
"""

import asyncio
from datetime import datetime

from crisislink.core import handover as rules
from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.conditions import watchers
from crisislink.core.grants import LookEnd
from crisislink.core.handover import Act, Charge
from crisislink.core.ids import CameraId, GrantId, IncidentId, PersonId, ViewingId
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import LiveVideo, Ports, UnitOfWork

Looks = dict[GrantId, dict[ViewingId, CameraId]]


async def hand_over(
    ports: Ports, video: LiveVideo, actor: Actor, id: IncidentId, act: Act, *, holder: PersonId
) -> Charge:
    """Offer, ask for, withdraw or take; an offer that meets an ask, either way round, is the handover.

    Args:
        ports: the outside.
        video: where the looks of whoever is relieved are cut.
        actor: who acts.
        id: the incident.
        act: what they do; again is a no-op.
        holder: who held the incident as the actor saw it.

    Raises:
        Denied: another hospital's incident, or a closed one; not the holder's to offer, or not to be taken.
        Conflict: somebody was first.
        NotFound: no such incident.
    """
    async with recorded(ports, actor, f"incident.{act.value}", id), ports.store.write() as work:
        incident, now = await work.incident(id), ports.clock.now()
        policy.require(policy.may_work_on_incident(actor, incident))
        before = rules.charge_of(incident, (await work.charges({id})).get(id))
        after, event = rules.act(
            act,
            before,
            incident,
            actor,
            holder=holder,
            answering=await _answering(work, before, now),
            may_take=policy.may_take_over(actor, incident) is None,
            now=now,
        )
        if event is not None:
            await work.record(event, after)
        looks = await _looks(work, id, before.holder) if after.holder != before.holder else {}
    cause = LookEnd.HANDED_OVER
    cuts = (
        video.cut(grant, set(those.values()), cause, recorded=True, looks=set(those))
        for grant, those in looks.items()
    )
    await asyncio.gather(*cuts)
    return after


async def _answering(work: UnitOfWork, charge: Charge, now: datetime) -> frozenset[PersonId]:
    """Those of its holder and of whoever asked for it who may watch now."""
    waited_for = {charge.holder, charge.wished_by or charge.holder}
    return watchers([h for person in waited_for for h in await work.habilitations(person)], now=now)


async def _looks(work: UnitOfWork, incident: IncidentId, person: PersonId) -> Looks:
    """What this person looks at now, under the incident's grants."""
    own = [grant.id for grant in await work.grants(live_only=True) if grant.incident == incident]
    found = {
        grant: {
            v.id: v.camera for v in await work.viewings(open_only=True, grant=grant) if v.person == person
        }
        for grant in own
    }
    return {grant: looks for grant, looks in found.items() if looks}
