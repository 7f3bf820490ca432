"""A test login: what an administrator's own provider says of somebody, and who that would be here.

It opens no session. The claims go to the session that asked and to no other, once, within `KEPT_S`; they are
in no log and not in the register, which says that, by whom and where it was tried.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crisislink.core import policy
from crisislink.core.actors import Actor, Person, Role
from crisislink.core.errors import Denied
from crisislink.core.events import IdentityTried
from crisislink.core.ids import PersonId, SessionId
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Ports
from crisislink.flow.signin import VerifiedIdentity

BEGUN_S = 60.0
KEPT_S = 300.0
_CLAIMS_MAX, _VALUE_MAX = 60, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it: the claims that were checked, and the identity they prove, or why they prove none.

    `by`: the session that asked.
    """

    by: SessionId
    claims: Mapping[str, Any] = field(repr=False)
    identity: VerifiedIdentity | None = field(repr=False)
    refused: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The same for reading. `person` and `roles`: who it would be here now, and in which roles.

    `dated`, `strong`: the provider said when they authenticated, and that it was strong enough to approve.
    """

    provider: str
    claims: Sequence[tuple[str, str]]
    refused: str | None
    person: Person | None
    roles: frozenset[Role]
    dated: bool
    strong: bool


async def begin(ports: Ports, actor: Actor) -> None:
    """This session may go to its provider now, once, within `BEGUN_S`.

    Raises:
        Denied: not an administrator; recorded.
    """
    async with recorded(ports, actor, "identity.try"):
        policy.require(policy.may_try_identity(actor))
    await ports.ephemera.put(f"trial begun:{actor.session}", "", ttl_s=BEGUN_S)


async def begun(ports: Ports, session: SessionId) -> bool:
    """Whether it may go there."""
    return await ports.ephemera.take(f"trial begun:{session}") is not None


async def note(ports: Ports, actor: Actor, provider: str, tried: Tried) -> None:
    """Keep what came of it for who asked; the register knows before.

    Raises:
        Denied: another session than the one that asked, or no administrator any more; recorded.
    """
    async with recorded(ports, actor, "identity.try"):
        policy.require(policy.may_try_identity(actor))
        if actor.session != tried.by:
            raise Denied
    event = IdentityTried(
        organisation=actor.organisation.id,
        actor=actor.person.id,
        provider=provider,
        refused=tried.refused is not None,
    )
    async with ports.store.write() as work:
        await work.record(event)
        known = tried.identity and await work.person_by_subject(tried.identity.issuer, tried.identity.subject)
    identity = tried.identity
    kept = {
        "provider": provider,
        "claims": _shown(tried.claims),
        "refused": tried.refused,
        "person": known.id if known and known.organisation == actor.organisation.id else None,
        "dated": identity is not None and identity.auth_time is not None,
        "strong": identity is not None and identity.strong,
    }
    await ports.ephemera.put(_key(actor), json.dumps(kept), ttl_s=KEPT_S)


async def result(ports: Ports, actor: Actor) -> Trial | None:
    """What came of the last one this session asked for, once; None: none, or told already, or too old.

    Raises:
        Denied: not an administrator; recorded.
    """
    async with recorded(ports, actor, "identity.try"):
        policy.require(policy.may_try_identity(actor))
    kept = await ports.ephemera.take(_key(actor))
    if kept is None:
        return None
    said = json.loads(kept)
    person, roles = await _here(ports, said["person"])
    return Trial(
        provider=said["provider"],
        claims=[(name, value) for name, value in said["claims"]],
        refused=said["refused"],
        person=person,
        roles=roles,
        dated=said["dated"],
        strong=said["strong"],
    )


async def _here(ports: Ports, id: str | None) -> tuple[Person | None, frozenset[Role]]:
    if id is None:
        return None, frozenset()
    now = ports.clock.now()
    async with ports.store.read() as work:
        person = await work.person(PersonId(id))
        organisation = await work.organisation(person.organisation)
        given = await work.habilitations(person.id)
    return person, frozenset(h.role for h in given if h.in_force(now) and organisation.side in h.role.sides)


def _shown(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = ((name, value if isinstance(value, str) else json.dumps(value)) for name, value in claims.items())
    return [(name[:_VALUE_MAX], value[:_VALUE_MAX]) for name, value in sorted(said)][:_CLAIMS_MAX]


def _key(actor: Actor) -> str:
    return f"tried:{actor.session}"
