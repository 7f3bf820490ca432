"""Who holds an incident, and how it passes to the next person at the change of shift.

    held ──offer (its holder)──▶ offered ──ask (another)───▶ held, by whoever asked
      ├──ask (another)─────────▶ asked ────offer (its holder)▶ held, by whoever asked
      ├──withdraw (holder, or whoever asked)─▶ held, as before
      └──take (a supervisor), or ask, where its holder may watch no more ──▶ held, by whoever did

Whoever passes an incident on is relieved of it: sees none of its pictures until it is theirs again. Nothing
else moves: not a grant, not its clock, nobody else's view. Every act names the holder as its person saw
them, so of two who press at once the second learns who was first.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crisislink.core.actors import Actor
from crisislink.core.errors import Conflict, Denied, Reason
from crisislink.core.events import HandoverWished, IncidentHandedOver
from crisislink.core.ids import IncidentId, PersonId
from crisislink.core.incidents import Incident


class Act(StrEnum):
    """What a person may do about it."""

    OFFER = "offer"
    ASK = "ask"
    WITHDRAW = "withdraw"
    TAKE = "take"


class Wish(StrEnum):
    """What waits for the other person."""

    OFFERED = "offered"
    ASKED = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Who holds an incident. Version 0: nobody ever did anything about it, so whoever opened it does.

    `since`: of the last handover; `relieved`: those who passed it on and did not get it back.
    """

    incident: IncidentId
    holder: PersonId
    since: datetime | None = None
    wish: Wish | None = None
    wished_by: PersonId | None = None
    wished_at: datetime | None = None
    relieved: frozenset[PersonId] = frozenset()
    version: int = 0


Done = tuple[Charge, HandoverWished | IncidentHandedOver | None]


def charge_of(incident: Incident, kept: Charge | None) -> Charge:
    """Who holds it: as kept, else whoever opened it."""
    return Charge(incident=incident.id, holder=incident.opened_by) if kept is None else kept


def act(
    act: Act,
    charge: Charge,
    incident: Incident,
    actor: Actor,
    *,
    holder: PersonId,
    answering: Collection[PersonId],
    may_take: bool,
    now: datetime,
) -> Done:
    """The charge after it; what is so already stays so.

    Args:
        act: what the person does.
        charge: as it stands.
        incident: whose.
        actor: the person; that they may work on the incident is `core.policy`'s to have shown.
        holder: who held it as they saw it.
        answering: those of its holder and of whoever asked for it who may work on it now. Whose habilitation
            is over, or who is dispatch software, is not waited for, and is given nothing.
        may_take: whether they may take it without anybody's consent.
        now: when.

    Raises:
        Conflict: somebody else holds it by now (`HANDED_ON`), or asked before (`HANDOVER_ASKED`).
        Denied: the incident is closed; offering what is another's; taking it without the right to.
    """
    me = actor.person.id
    if act in {Act.ASK, Act.TAKE} and charge.holder == me:
        return charge, None  # pressed twice
    if charge.holder != holder:
        raise Conflict(Reason.HANDED_ON)
    if incident.closed_at is not None:
        raise Denied(Reason.INCIDENT_CLOSED)
    standing = charge if charge.wished_by in answering else _without_wish(charge)
    match act:
        case Act.OFFER:
            return _offer(standing, incident, me, now)
        case Act.ASK:
            return _ask(standing, incident, me, now, holder_answers=charge.holder in answering)
        case Act.WITHDRAW:
            return _withdraw(charge, incident, me)
        case Act.TAKE:
            if not may_take:
                raise Denied(Reason.ROLE)
            return _passed(charge, incident, me, me, now, taken=True)


def _offer(charge: Charge, incident: Incident, me: PersonId, now: datetime) -> Done:
    if charge.holder != me:
        raise Denied(Reason.NOT_HOLDER)
    if charge.wish is Wish.OFFERED:
        return charge, None
    if charge.wish is Wish.ASKED:
        assert charge.wished_by is not None, "somebody asked"
        return _passed(charge, incident, charge.wished_by, me, now, taken=False)
    return _wished(charge, incident, Wish.OFFERED, me, now)


def _ask(charge: Charge, incident: Incident, me: PersonId, now: datetime, *, holder_answers: bool) -> Done:
    if not holder_answers:
        return _passed(charge, incident, me, me, now, taken=True)
    if charge.wish is Wish.OFFERED:
        return _passed(charge, incident, me, me, now, taken=False)
    if charge.wish is Wish.ASKED:
        if charge.wished_by != me:
            raise Conflict(Reason.HANDOVER_ASKED)
        return charge, None
    return _wished(charge, incident, Wish.ASKED, me, now)


def _withdraw(charge: Charge, incident: Incident, me: PersonId) -> Done:
    if charge.wish is None:
        return charge, None
    if me not in {charge.holder, charge.wished_by}:
        raise Denied(Reason.NOT_HOLDER)
    return replace(_without_wish(charge), version=charge.version + 1), HandoverWished(
        incident=incident.id,
        organisation=incident.organisation,
        exercise=incident.exercise,
        actor=me,
        wish="withdrawn",
    )


def _without_wish(charge: Charge) -> Charge:
    return replace(charge, wish=None, wished_by=None, wished_at=None)


def _wished(charge: Charge, incident: Incident, wish: Wish, me: PersonId, now: datetime) -> Done:
    waiting = replace(charge, wish=wish, wished_by=me, wished_at=now, version=charge.version + 1)
    return waiting, HandoverWished(
        incident=incident.id,
        organisation=incident.organisation,
        exercise=incident.exercise,
        actor=me,
        wish=wish.value,
    )


def _passed(
    charge: Charge, incident: Incident, to: PersonId, by: PersonId, now: datetime, *, taken: bool
) -> Done:
    held = Charge(
        incident=charge.incident,
        holder=to,
        since=now,
        relieved=(charge.relieved | {charge.holder}) - {to},
        version=charge.version + 1,
    )
    return held, IncidentHandedOver(
        incident=incident.id,
        organisation=incident.organisation,
        exercise=incident.exercise,
        actor=by,
        relieved=charge.holder,
        holder=to,
        taken=taken,
    )
