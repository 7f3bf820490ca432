"""A session stands on an identity, a habilitation in force and a register entry, or there is none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from crisislink.adapters.system import SystemEntropy
from crisislink.core.actors import Role
from crisislink.core.errors import Denied, Reason, Unauthenticated, Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import HabilitationId, SessionId
from crisislink.flow.ports import Ports, UnitOfWork
from crisislink.flow.signin import (
    Opened,
    SessionEnd,
    SessionLimits,
    VerifiedIdentity,
    actor_for,
    present,
    session_id,
    sign_in,
    sign_out,
)
from tests.city import City
from tests.samples import REGULATOR, SAMU, T0, habilitation, person

LIMITS = SessionLimits()


def identity(subject: str = "lea", issuer: str = REGULATOR.person.issuer) -> VerifiedIdentity:
    return VerifiedIdentity(
        issuer=issuer, subject=subject, auth_time=T0, acr=None, id_token="x.y.z", strong=True
    )


@pytest.fixture
def ports(city: City) -> Ports:
    return replace(city.ports, entropy=SystemEntropy())


async def opened(ports: Ports) -> Opened:
    return await sign_in(ports, LIMITS, identity(), "hopital")


async def load(city: City, *rows: object) -> None:
    async with city.store.write() as work:
        event = InventoryLoaded(organisation=None, what="roster", rows=len(rows), sha256="0" * 64)
        await work.record(event, *rows)  # type: ignore[arg-type]


async def test_a_person_with_a_habilitation_signs_in_and_is_in_the_register(city: City, ports: Ports) -> None:
    made = await opened(ports)
    assert made.actor.person == REGULATOR.person
    assert made.session.ends_at == T0 + timedelta(hours=12)
    assert made.session.authenticated_at == T0
    assert await city.kinds() == ["session.opened"]
    actor = await actor_for(ports, LIMITS, made.token)
    assert (actor.person, actor.roles) == (REGULATOR.person, REGULATOR.roles)
    assert actor.session == made.session.id


async def test_the_store_does_not_know_the_token(ports: Ports) -> None:
    made = await opened(ports)
    assert made.session.id == session_id(made.token)
    assert made.token not in repr(made)
    assert await ports.sessions.get(SessionId(made.token)) is None


async def test_each_sign_in_makes_another_session(ports: Ports) -> None:
    first, second = await opened(ports), await opened(ports)
    assert first.token != second.token
    assert first.session.id != second.session.id


@pytest.mark.parametrize(
    "who",
    [
        identity("nobody"),
        identity(issuer="https://evil.example"),
        identity("lea", "https://org_city.example"),
    ],
)
async def test_whom_the_roster_does_not_know_is_refused_and_recorded(
    city: City, ports: Ports, who: VerifiedIdentity
) -> None:
    with pytest.raises(Denied) as error:
        await sign_in(ports, LIMITS, who, "hopital")
    assert error.value.reason is Reason.NO_HABILITATION
    assert await city.kinds() == ["session.refused"]
    async with city.store.read() as work:
        (entry,) = await work.entries(after=1, limit=10)
    assert who.issuer.encode() in entry.body
    assert f'"{who.subject}"'.encode() not in entry.body


async def test_a_person_without_habilitation_is_refused(city: City, ports: Ports) -> None:
    await load(city, person("newcomer", SAMU))
    with pytest.raises(Denied):
        await sign_in(ports, LIMITS, identity("newcomer"), "hopital")
    assert (await city.kinds())[-1] == "session.refused"


async def test_a_person_whose_habilitation_ended_is_refused(city: City, ports: Ports) -> None:
    gone = person("gone", SAMU)
    await load(city, gone, habilitation(gone, Role.REGULATOR, days=0))
    with pytest.raises(Denied):
        await sign_in(ports, LIMITS, identity("gone"), "hopital")
    assert (await city.kinds())[-1] == "session.refused"


@pytest.mark.parametrize("token", [None, "", "guess", "x" * 10_000])
async def test_nobody_is_anybody_without_a_session(ports: Ports, token: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, token)


async def test_a_session_ends_after_thirty_idle_minutes(city: City, ports: Ports) -> None:
    made = await opened(ports)
    city.clock.advance(1_799)
    await actor_for(ports, LIMITS, made.token)
    city.clock.advance(1_799)
    await actor_for(ports, LIMITS, made.token)
    city.clock.advance(1_800)
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, made.token)
    assert await city.kinds() == ["session.opened", "session.closed"]
    assert await ports.sessions.get(made.session.id) is None


async def test_watching_is_not_activity(city: City, ports: Ports) -> None:
    made = await opened(ports)
    city.clock.advance(1_000)
    await actor_for(ports, LIMITS, made.token, activity=False)
    city.clock.advance(800)
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, made.token, activity=False)


async def test_a_session_ends_with_the_shift_however_active(city: City, ports: Ports) -> None:
    made = await opened(ports)
    for _ in range(27):
        city.clock.advance(1_599)
        await actor_for(ports, LIMITS, made.token)
    city.clock.advance(43_200 - 27 * 1_599)
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, made.token)
    async with city.store.read() as work:
        (entry,) = await work.entries(after=2, limit=10)
    assert b'"cause":"shift_over"' in entry.body


async def test_activity_is_noted_every_ten_seconds_at_most(city: City, ports: Ports) -> None:
    made = await opened(ports)
    city.clock.advance(9)
    await actor_for(ports, LIMITS, made.token)
    kept = await ports.sessions.get(made.session.id)
    assert kept is not None
    assert kept.seen_at == T0
    city.clock.advance(1)
    await actor_for(ports, LIMITS, made.token)
    kept = await ports.sessions.get(made.session.id)
    assert kept is not None
    assert kept.seen_at == T0 + timedelta(seconds=10)


async def test_a_withdrawn_habilitation_ends_the_session_at_the_next_request(
    city: City, ports: Ports
) -> None:
    guest = person("guest", SAMU)
    held = habilitation(guest, Role.REGULATOR)
    await load(city, guest, held)
    made = await sign_in(ports, LIMITS, identity("guest"), "hopital")
    await actor_for(ports, LIMITS, made.token)
    await load(city, replace(held, withdrawn_at=T0))
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, made.token)
    assert (await city.kinds())[-1] == "session.closed"
    assert await ports.sessions.get(made.session.id) is None


async def test_a_new_role_counts_from_the_next_sign_in_under_another_session_id(
    city: City, ports: Ports
) -> None:
    made = await opened(ports)
    await load(city, habilitation(REGULATOR.person, Role.SAMU_SUPERVISOR))
    assert (await actor_for(ports, LIMITS, made.token)).roles == {Role.REGULATOR}
    assert (await present(ports, LIMITS, [made.session.id]))[made.session.id].roles == {Role.REGULATOR}
    anew = await opened(ports)
    assert anew.session.id != made.session.id
    assert (await actor_for(ports, LIMITS, anew.token)).roles == {Role.REGULATOR, Role.SAMU_SUPERVISOR}


async def test_a_role_that_is_renewed_without_a_gap_keeps_its_session(city: City, ports: Ports) -> None:
    made = await opened(ports)
    held = habilitation(REGULATOR.person, Role.REGULATOR)
    renewed = replace(held, id=HabilitationId("hab_renewed"), valid_from=T0 + timedelta(seconds=60))
    await load(city, replace(held, valid_until=renewed.valid_from), renewed)
    city.clock.advance(60)
    assert (await actor_for(ports, LIMITS, made.token)).roles == {Role.REGULATOR}


async def test_a_role_in_another_ones_place_ends_the_session(city: City, ports: Ports) -> None:
    made = await opened(ports)
    held = habilitation(REGULATOR.person, Role.REGULATOR)
    await load(city, replace(held, withdrawn_at=T0), habilitation(REGULATOR.person, Role.SAMU_SUPERVISOR))
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, made.token)


async def test_signing_out_ends_the_session_once(city: City, ports: Ports) -> None:
    made = await opened(ports)
    session = await sign_out(ports, made.token, SessionEnd.PERSON)
    assert session is not None
    assert session.id_token == "x.y.z"
    assert await sign_out(ports, made.token, SessionEnd.PERSON) is None
    assert await sign_out(ports, None, SessionEnd.PERSON) is None
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, made.token)
    assert await city.kinds() == ["session.opened", "session.closed"]


@pytest.mark.parametrize("unproved", [{"auth_time": None}, {"strong": False}])
async def test_what_the_provider_does_not_say_proves_no_recent_authentication(
    ports: Ports, unproved: dict[str, Any]
) -> None:
    made = await sign_in(ports, LIMITS, replace(identity(), **unproved), "hopital")
    assert made.session.authenticated_at is None
    assert (await actor_for(ports, LIMITS, made.token)).authenticated_at is None


async def test_an_authentication_in_the_future_counts_as_now(ports: Ports) -> None:
    ahead = replace(identity(), auth_time=T0 + timedelta(seconds=20))
    made = await sign_in(ports, LIMITS, ahead, "hopital")
    assert made.session.authenticated_at == T0


@dataclass(frozen=True)
class _FullDisk:
    """A store that reads, and cannot write."""

    city: City

    def read(self) -> object:
        return self.city.store.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        raise Unavailable(Reason.STORE)
        yield


async def test_no_session_lives_without_its_register_entry(city: City, ports: Ports) -> None:
    entropy = _KnownToken()
    broken = replace(ports, store=_FullDisk(city), entropy=entropy)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await opened(broken)
    assert await ports.sessions.get(session_id(entropy.token())) is None
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, entropy.token())


async def test_access_ends_even_when_the_register_cannot_say_so(city: City, ports: Ports) -> None:
    made = await opened(ports)
    broken = replace(ports, store=_FullDisk(city))  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await sign_out(broken, made.token, SessionEnd.PERSON)
    with pytest.raises(Unauthenticated):
        await actor_for(ports, LIMITS, made.token)


class _KnownToken(SystemEntropy):
    def token(self) -> str:
        return "known"


@pytest.mark.parametrize("changed", [{"idle_s": 0}, {"touch_s": 0}, {"idle_s": 9}, {"absolute_s": 60}])
def test_limits_that_contradict_each_other_are_refused(changed: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="session limits"):
        SessionLimits(**changed)
