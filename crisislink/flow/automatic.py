"""A request that a declared crisis covers is granted at once, in the transaction that asks; any other waits.

What must hold for a person's approval must hold here too (`decisions.still_lawful`: the clock, the kill
switch, cameras, incident, act), and that no suspension of the crisis waits for its entry, here or elsewhere.
Where it does not, the request goes to the police room as ever: nothing is narrowed to fit.
"""

from datetime import datetime

from crisislink.core import automatic as rules
from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.crisis import DeclaredCrisis, gap_in
from crisislink.core.errors import Conflict, Denied, Invalid, Unavailable
from crisislink.core.grants import Grant, notice
from crisislink.core.ids import GrantId
from crisislink.core.requests import AccessRequest
from crisislink.flow.attempts import recorded
from crisislink.flow.decisions import still_lawful
from crisislink.flow.forced import awaited
from crisislink.flow.ports import Ports, UnitOfWork


async def grant_if_covered(
    ports: Ports, work: UnitOfWork, request: AccessRequest
) -> tuple[AccessRequest, Grant | None]:
    """The request, approved with its grant where a declared crisis covers all of it; else as it was."""
    for crisis in await work.crises(open_only=True):
        if (until := await _covered_until(ports, work, crisis, request)) is not None:
            try:
                return await _grant(ports, work, crisis, request, until)
            except (Conflict, Invalid):
                continue  # more time that adds none: a person says so
    return request, None


async def _covered_until(
    ports: Ports, work: UnitOfWork, crisis: DeclaredCrisis, request: AccessRequest
) -> datetime | None:
    """Until when the acts allow it; None: not covered. Nothing is written."""
    now, since = ports.clock.now(), crisis.activated_at or crisis.proposed_at
    cameras = await work.cameras(request.cameras)
    gap = rules.gap(
        crisis,
        request,
        place=(await work.incident(request.incident)).place,
        cameras=cameras,
        denied=rules.denied_since(
            since,
            [r for r in await work.requests(open_only=False, since=since) if _alike(r, request)],
            [g for g in await work.grants(live_only=False, since=since) if _alike(g, request)],
        ),
        extends=None if request.extends is None else await work.grant(request.extends),
        limits=ports.limits,
        now=now,
    )
    silenced = awaited(ports, crisis.terms.owner) or not ports.recall.caught_up(boot_s=ports.clock.boot_s())
    if gap is not None or silenced:
        return None
    try:
        basis = await still_lawful(ports, work, request, request.cameras)
    except (Denied, Unavailable):
        return None
    acts = {act.id: act for act in await work.legal_bases(crisis.terms.owner)}
    act = acts.get(crisis.terms.legal_basis)
    if act is None or gap_in(act, crisis.terms, cameras, now=now) is not None:
        return None
    return min(basis.valid_until, act.valid_until)


def _alike(one: AccessRequest | Grant, request: AccessRequest) -> bool:
    """Of the same city, in earnest or in an exercise: whoever it was given to, the city took it away."""
    return (one.owner, one.exercise) == (request.owner, request.exercise)


async def _grant(
    ports: Ports, work: UnitOfWork, crisis: DeclaredCrisis, request: AccessRequest, until: datetime
) -> tuple[AccessRequest, Grant]:
    now = ports.clock.now()
    if request.extends is not None:
        present = await work.grant(request.extends)
        decided, longer, extended = rules.extend(
            request, crisis, present, until=until, limits=ports.limits, now=now
        )
        await work.record(extended, decided, longer)
        return decided, longer
    decided, grant, approved = rules.approve(
        request,
        crisis,
        grant=GrantId(ports.entropy.id("gr")),
        grant_ref=ports.entropy.reference(),
        until=until,
        now=now,
    )
    await work.record(approved, decided, grant)
    return decided, grant


async def notice_grant(ports: Ports, actor: Actor, id: GrantId) -> Grant:
    """The police room acknowledges what a declared crisis granted; again is a no-op.

    Raises:
        Denied: not the police of the cameras' owner.
        NotFound: no such grant.
    """
    async with recorded(ports, actor, "grant.notice", id), ports.store.write() as work:
        grant = await work.grant(id)
        policy.require(policy.may_revoke(actor, grant))
        noticed, event = notice(grant, actor, now=ports.clock.now())
        if event is not None:
            await work.record(event, noticed)
        return noticed
