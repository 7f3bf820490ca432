"""Dispatch software calls: a proven client and a habilitation in force make an actor, at each request anew.

The roster knows a machine as `client:<client id>` of its issuer, so that no person's name can be a machine's.
It holds `Role.DISPATCH_SYSTEM` and nothing else: a machine that holds a person's role is refused, since what
only persons may do must name one. How a client is proven is `adapters/oidc`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crisislink.core.actors import Actor, Role
from crisislink.core.errors import Denied, Reason
from crisislink.core.roster import MACHINE
from crisislink.flow.ports import Ports, UnitOfWork
from crisislink.flow.signin import record_refusal


class Scope(StrEnum):
    """What a machine may be let do."""

    INCIDENTS = "crisislink:incidents"
    CAMERAS = "crisislink:cameras"
    LAUNCH = "crisislink:launch"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedMachine:
    """What an identity provider proved of a client. Only a check of every claim makes one.

    `scopes`: those the token carries and our settings allow this client. `bound_to`: the thumbprint of the
    one certificate whose holder may use the token, if there is one.
    """

    issuer: str
    client_id: str
    scopes: frozenset[Scope]
    issued_at: datetime
    bound_to: str | None = None

    @property
    def subject(self) -> str:
        """What the roster knows it by."""
        return machine_subject(self.client_id)


def machine_subject(client_id: str) -> str:
    """What the roster knows a client by."""
    return f"{MACHINE}{client_id}"


async def machine_actor(ports: Ports, machine: VerifiedMachine) -> Actor:
    """The actor this client is now.

    Raises:
        Denied: the roster does not know it, or it holds another role (`NO_HABILITATION`); recorded.
    """
    try:
        async with ports.store.read() as work:
            return await _known(work, machine, ports.clock.now())
    except Denied as refusal:
        await record_refusal(ports, machine.issuer, machine.subject, refusal.reason)
        raise


async def _known(work: UnitOfWork, machine: VerifiedMachine, now: datetime) -> Actor:
    person = await work.person_by_subject(machine.issuer, machine.subject)
    if person is None:
        raise Denied(Reason.NO_HABILITATION)
    actor = Actor.of(
        person,
        await work.organisation(person.organisation),
        await work.habilitations(person.id),
        now=now,
        session=None,
        authenticated_at=min(machine.issued_at, now),
    )
    if actor.roles != {Role.DISPATCH_SYSTEM}:
        raise Denied(Reason.NO_HABILITATION)
    return actor
