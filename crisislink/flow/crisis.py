"""Two supervisors declare a crisis: one proposes its terms, one of the other side confirms the very same.

What that grants is `flow.automatic`, how it ends `flow.crisisends` and, by itself, `flow.deadlines`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crisislink.core import crisis as rules
from crisislink.core import policy
from crisislink.core.actors import Actor, Side
from crisislink.core.crisis import DeclaredCrisis, Terms, bounding, gap_in
from crisislink.core.errors import Denied, Invalid, NotFound, Reason
from crisislink.core.ids import CameraId, CrisisId, LegalBasisId, OrganisationId
from crisislink.core.legal import LegalBasis, Purpose
from crisislink.core.perimeter import Perimeter
from crisislink.flow.attempts import recorded
from crisislink.flow.authority import require_sound
from crisislink.flow.commands import Command, remember, repeated
from crisislink.flow.forced import require_sharing
from crisislink.flow.ports import Ports, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCrisis:
    """What one side proposes. `grant_s`: the longest grant; `lasts_s`: from now on."""

    hospital: OrganisationId
    city: OrganisationId
    perimeter: Perimeter
    cameras: tuple[CameraId, ...]
    purposes: frozenset[Purpose]
    grant_s: int
    lasts_s: int
    exercise: bool


async def propose(ports: Ports, actor: Actor, new: NewCrisis, command: Command | None) -> DeclaredCrisis:
    """The proposal; it waits for the other side.

    Raises:
        Denied: not a supervisor of one of the two, no recent authentication, no act bounds the terms, sharing
            is stopped, or a camera may not be shared.
        Invalid: terms that no declaration may have.
        NotFound: no such organisation or camera.
        Unavailable: our clock is not to be believed.
    """
    async with recorded(ports, actor, "crisis.propose"), ports.store.write() as work:
        policy.require(policy.may_propose_crisis(actor, hospital=new.hospital, city=new.city))
        if (made := await repeated(work, actor, command)) is not None:
            return await work.crisis(CrisisId(made))
        policy.require(policy.recent(actor, ports.limits, now=ports.clock.now()))
        await _check_sides(work, new)
        await _require_open(ports, work, new.city)
        now = ports.clock.now()
        terms = Terms(
            beneficiary=new.hospital,
            owner=new.city,
            perimeter=new.perimeter,
            cameras=frozenset(new.cameras),
            purposes=new.purposes,
            grant_s=new.grant_s,
            ends_at=now + timedelta(seconds=new.lasts_s),
            legal_basis=LegalBasisId(""),
            exercise=new.exercise,
        )
        cameras = tuple(await work.cameras(terms.cameras))
        if len(cameras) != len(terms.cameras):
            raise NotFound
        act = bounding(await work.legal_bases(new.city), terms, cameras, now=now)
        crisis, event = rules.propose(
            actor,
            id=CrisisId(ports.entropy.id("cri")),
            ref=ports.entropy.reference(),
            terms=replace(terms, legal_basis=act.id),
            cameras=cameras,
            basis=act,
            limits=ports.limits,
            now=now,
        )
        await work.record(event, crisis)
        await remember(work, actor, command, crisis.id)
        return crisis


async def _check_sides(work: UnitOfWork, new: NewCrisis) -> None:
    sides = (await work.organisation(new.hospital)).side, (await work.organisation(new.city)).side
    if sides != (Side.HOSPITAL, Side.CITY):
        raise Invalid(Reason.MALFORMED, field="hospital")


async def _require_open(ports: Ports, work: UnitOfWork, city: OrganisationId) -> None:
    await require_sound(ports, work)
    await require_sharing(ports, work, city)


async def _require_fit_to_grant(ports: Ports, work: UnitOfWork, crisis: DeclaredCrisis) -> None:
    """Sharing goes on, and the act still bounds the terms."""
    await _require_open(ports, work, crisis.terms.owner)
    acts = {act.id: act for act in await work.legal_bases(crisis.terms.owner)}
    act = acts.get(crisis.terms.legal_basis)
    if act is None:
        raise Denied(Reason.NO_LEGAL_BASIS)
    cameras = await work.cameras(crisis.terms.cameras)
    if (gap := gap_in(act, crisis.terms, cameras, now=ports.clock.now())) is not None:
        raise Denied(gap)


async def confirm(ports: Ports, actor: Actor, id: CrisisId, *, version: int) -> DeclaredCrisis:
    """The other side confirms what it read: from now on it grants. Again is a no-op.

    Raises:
        Denied: not a supervisor of the side that is waited for, no recent authentication, or not lawful now.
        Conflict: somebody decided first, or it was seen in an older version.
        Expired: nobody confirmed in time.
        Unavailable: our clock is not to be believed.
    """
    async with recorded(ports, actor, "crisis.confirm", id), ports.store.write() as work:
        crisis = await work.crisis(id)
        policy.require(policy.may_confirm_crisis(actor, crisis))
        policy.require(policy.recent(actor, ports.limits, now=ports.clock.now()))
        active, event = rules.confirm(crisis, actor, expected_version=version, now=ports.clock.now())
        if event is not None:
            await _require_fit_to_grant(ports, work, crisis)
            await work.record(event, active)
        return active


async def decline(ports: Ports, actor: Actor, id: CrisisId) -> DeclaredCrisis:
    """Either side says no, or takes its proposal back. Again is a no-op.

    Raises:
        Denied: not a supervisor of one of its sides.
        Conflict: it is declared, or over.
    """
    async with recorded(ports, actor, "crisis.decline", id), ports.store.write() as work:
        crisis = await work.crisis(id)
        policy.require(policy.may_end_crisis(actor, crisis))
        declined, event = rules.decline(crisis, actor, now=ports.clock.now())
        if event is not None:
            await work.record(event, declined)
        return declined


async def resume(ports: Ports, actor: Actor, id: CrisisId) -> DeclaredCrisis:
    """The city lets it grant again, until the same end. Again is a no-op.

    Raises:
        Denied: not the city's room supervisor, no recent authentication, or no longer lawful.
        Conflict: it is not declared, or over.
        Unavailable: our clock is not to be believed.
    """
    async with recorded(ports, actor, "crisis.resume", id), ports.store.write() as work:
        crisis = await work.crisis(id)
        policy.require(policy.may_resume_crisis(actor, crisis))
        policy.require(policy.recent(actor, ports.limits, now=ports.clock.now()))
        resumed, event = rules.resume(crisis, actor, now=ports.clock.now())
        if event is not None:
            await _require_fit_to_grant(ports, work, crisis)
            await work.record(event, resumed)
        return resumed


async def acts(ports: Ports, actor: Actor) -> Sequence[LegalBasis]:
    """The acts in force that could bound a declaration of the actor's organisation.

    Raises:
        Denied: not a supervisor.
    """
    async with recorded(ports, actor, "crisis.acts"):
        policy.require(policy.may_declare(actor))
    own, now = actor.organisation.id, ports.clock.now()
    async with ports.store.read() as work:
        cities = [one.id for one in await work.organisations() if one.side is Side.CITY]
        found = [act for city in cities for act in await work.legal_bases(city)]
    return [
        act
        for act in found
        if own in {act.owner, *act.beneficiaries} and act.valid_from <= now < act.valid_until
    ]
