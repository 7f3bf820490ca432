"""Its own administrators change a roster, each change in the register; who loses a role is gone at once."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crisislink.core.actors import Actor, Habilitation, Role
from crisislink.core.errors import Conflict, CrisisLinkError, Denied, NotFound, Reason, Unauthenticated
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import EndCause, GrantState
from crisislink.core.ids import HabilitationId, PersonId
from crisislink.core.roster import BadRows
from crisislink.core.rosterfile import Column, Row, write
from crisislink.flow import newcomers, roster
from crisislink.flow.commands import Command
from crisislink.flow.ports import State
from crisislink.flow.roster import Keeper
from crisislink.flow.signin import SessionLimits, VerifiedIdentity, actor_for, sign_in
from crisislink.flow.timers import Timers
from tests.city import City, small_city
from tests.samples import (
    ADMINISTRATOR,
    AUDITOR,
    CITY,
    OPERATOR,
    REGULATOR,
    SAMU,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    T0,
    actor,
    habilitation,
    person,
)
from tests.servers import database

LIMITS = SessionLimits()
NURSE = actor("noe", SAMU, Role.REGULATOR)
IT = actor("iris", SAMU, Role.ADMINISTRATOR)
NEW = {
    Column.NAME: "Zoé Roux",
    Column.ROLE: "room_supervisor",
    Column.DESIGNATED_BY: "M. le maire Dupont",
    Column.ACT: "arrêté 7",
    Column.FROM: "2026-11-20",
    Column.UNTIL: "2026-12-31",
}


@pytest.fixture(params=["sqlite", "postgresql"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[City]:
    """A city with one more regulator and a hospital administrator, on each store."""
    with database(request) as kind:
        async with small_city(tmp_path, kind) as made:
            yield await peopled(made)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    """The same on SQLite."""
    async with small_city(tmp_path) as made:
        yield await peopled(made)


async def peopled(city: City) -> City:
    people = [(NURSE, Role.REGULATOR), (IT, Role.ADMINISTRATOR)]
    await load(city, *(a.person for a, _ in people), *(habilitation(a.person, role) for a, role in people))
    return city


async def load(city: City, *states: State) -> None:
    async with city.store.write() as work:
        event = InventoryLoaded(organisation=None, what="test", rows=len(states), sha256="0" * 64)
        await work.record(event, *states)


async def told(city: City, *kinds: str) -> list[dict[str, Any]]:
    async with city.store.read() as work:
        entries = await work.entries(after=2, limit=1_000)
    bodies = [json.loads(entry.body) for entry in entries]
    return [body for body in bodies if not kinds or body["kind"] in kinds]


def row(line: int = 0, /, **cells: str) -> Row:
    return Row(line, NEW | {Column[name.upper()]: cell for name, cell in cells.items()})


def file(*changes: dict[Column, str]) -> bytes:
    return write([NEW | change for change in changes])


async def held(city: City, who: Actor, role: Role) -> Habilitation:
    async with city.store.read() as work:
        [found] = [h for h in await work.habilitations(who.person.id) if h.role is role]
        return found


# -- one by one ----------------------------------------------------------------------------------------


async def test_a_role_is_given_and_the_register_says_by_whom_without_a_name(city: City) -> None:
    given = await roster.give(city.ports, ADMINISTRATOR, row(), None, None)
    enrolled, told_of = await told(city)
    assert (enrolled["kind"], enrolled["person"]) == ("person.enrolled", given.person)
    assert (told_of["kind"], told_of["actor"]) == ("habilitation.given", ADMINISTRATOR.person.id)
    assert (told_of["role"], told_of["habilitation"]) == ("room_supervisor", given.id)
    assert "Dupont" not in json.dumps([enrolled, told_of])
    async with city.store.read() as work:
        made = await work.person(given.person)
    assert (made.display_name, made.organisation, made.subject) == ("Zoé Roux", CITY.id, None)
    assert made.issuer == ADMINISTRATOR.person.issuer


async def test_the_same_command_gives_once(city: City) -> None:
    command = Command("key", "digest")
    first = await roster.give(city.ports, ADMINISTRATOR, row(), None, command)
    assert await roster.give(city.ports, ADMINISTRATOR, row(), None, command) == first
    assert len(await told(city, "habilitation.given")) == 1


async def test_one_more_role_for_somebody_of_the_roster(city: City) -> None:
    given = await roster.give(city.ports, ADMINISTRATOR, row(name=""), OPERATOR.person.id, None)
    assert given.person == OPERATOR.person.id
    assert not await told(city, "person.enrolled")
    with pytest.raises(BadRows) as no:
        await roster.give(city.ports, ADMINISTRATOR, row(name=""), OPERATOR.person.id, None)
    assert [error.fault.value for error in no.value.rows] == ["duplicate"]


@pytest.mark.parametrize("who", [OPERATOR, SUPERVISOR, REGULATOR, AUDITOR])
async def test_nobody_else_reads_or_changes_it_and_the_attempt_is_recorded(city: City, who: Actor) -> None:
    attempts = [
        roster.listed(city.ports, who),
        roster.exported(city.ports, who),
        roster.give(city.ports, who, row(), None, None),
        roster.preview(city.ports, who, file({})),
        roster.confirm(city.ports, who, file({}), "0" * 64, None),
        roster.withdraw(city.ports, who, HabilitationId("hab_omar_camera_operator")),
        newcomers.found(city.ports, who, "AAAAAA"),
    ]
    for attempt in attempts:
        with pytest.raises(Denied) as no:
            await attempt
        assert no.value.reason is Reason.ROLE
    assert len(await told(city)) == len(await told(city, "access.denied")) == len(attempts)


async def test_another_organisations_are_not_there(city: City) -> None:
    theirs = HabilitationId("hab_omar_camera_operator")
    was = T0 + timedelta(days=30)
    attempts = [
        roster.withdraw(city.ports, IT, theirs),
        roster.move_end(city.ports, IT, theirs, "2026-12-31", was=was),
        roster.give(city.ports, IT, row(role="regulator"), OPERATOR.person.id, None),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    listed = await roster.listed(city.ports, IT)
    assert {p.id for p in listed.persons} == {p.person.id for p in (REGULATOR, NURSE, SAMU_SUPERVISOR, IT)}
    assert await told(city, "habilitation.withdrawn") == []


async def test_a_change_needs_a_recent_authentication(city: City) -> None:
    city.clock.advance(city.ports.limits.recent_s)
    own = await held(city, OPERATOR, Role.CAMERA_OPERATOR)
    attempts = [
        roster.give(city.ports, ADMINISTRATOR, row(), None, None),
        roster.confirm(city.ports, ADMINISTRATOR, file({}), "0" * 64, None),
        roster.move_end(city.ports, ADMINISTRATOR, own.id, "2026-12-31", was=own.valid_until),
        roster.withdraw(city.ports, ADMINISTRATOR, own.id),
    ]
    for attempt in attempts:
        with pytest.raises(Denied) as no:
            await attempt
        assert no.value.reason is Reason.STEP_UP
    await roster.preview(city.ports, ADMINISTRATOR, file({}))


async def test_nobody_habilitates_themselves(city: City) -> None:
    with pytest.raises(BadRows):
        await roster.give(city.ports, ADMINISTRATOR, row(name=""), ADMINISTRATOR.person.id, None)
    own = await held(city, ADMINISTRATOR, Role.ADMINISTRATOR)
    with pytest.raises(BadRows):
        await roster.move_end(city.ports, ADMINISTRATOR, own.id, "2027-12-31", was=own.valid_until)
    assert await held(city, ADMINISTRATOR, Role.ADMINISTRATOR) == own


async def test_the_last_administrator_stays_until_there_is_another_who_can_sign_in(city: City) -> None:
    own = await held(city, ADMINISTRATOR, Role.ADMINISTRATOR)

    async def refused() -> None:
        with pytest.raises(Conflict) as no:
            await roster.withdraw(city.ports, ADMINISTRATOR, own.id)
        assert no.value.reason is Reason.LAST_ADMINISTRATOR
        assert await held(city, ADMINISTRATOR, Role.ADMINISTRATOR) == own

    await refused()
    second = replace(person("sara", CITY), subject=None)
    theirs = habilitation(second, Role.ADMINISTRATOR)
    await load(city, second, theirs)
    await refused()
    await load(city, person("sara", CITY))
    assert (await roster.withdraw(city.ports, ADMINISTRATOR, own.id)).withdrawn_at is not None
    with pytest.raises(Conflict):  # who was withdrawn a moment ago, and had begun before
        await roster.withdraw(city.ports, ADMINISTRATOR, theirs.id)


async def test_taking_the_roster_out_is_in_the_register_and_reading_it_is_not(city: City) -> None:
    await roster.listed(city.ports, ADMINISTRATOR)
    content = await roster.exported(city.ports, ADMINISTRATOR)
    [entry] = await told(city)
    assert (entry["kind"], entry["actor"]) == ("roster.exported", ADMINISTRATOR.person.id)
    assert entry["rows"] == content.count(b"\r\n") - 1
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()


async def test_an_end_is_moved_as_it_was_seen_or_not_at_all(city: City) -> None:
    own = await held(city, OPERATOR, Role.CAMERA_OPERATOR)
    moved = await roster.move_end(city.ports, ADMINISTRATOR, own.id, "31/12/2026", was=own.valid_until)
    assert moved.valid_until.isoformat() == "2026-12-31T23:00:00+00:00"
    [entry] = await told(city)
    assert (entry["kind"], entry["habilitation"]) == ("habilitation.moved", own.id)
    with pytest.raises(Conflict):
        await roster.move_end(city.ports, ADMINISTRATOR, own.id, "2027-01-31", was=own.valid_until)
    with pytest.raises(BadRows):
        await roster.move_end(city.ports, ADMINISTRATOR, own.id, "2026-11-22", was=moved.valid_until)
    await roster.withdraw(city.ports, ADMINISTRATOR, own.id)
    with pytest.raises(Conflict) as over:
        await roster.move_end(city.ports, ADMINISTRATOR, own.id, "2027-01-31", was=moved.valid_until)
    assert over.value.reason is Reason.HABILITATION_OVER
    await roster.withdraw(city.ports, ADMINISTRATOR, own.id)
    assert len(await told(city, "habilitation.withdrawn")) == 1


# -- a file --------------------------------------------------------------------------------------------


async def test_nothing_is_written_before_what_was_previewed_is_confirmed(either: City) -> None:
    content = file({}, {Column.NAME: "Omar"}, {Column.NAME: "Ines Bon", Column.SUBJECT: "i:1"})
    plan = await roster.preview(either.ports, ADMINISTRATOR, content)
    assert await told(either) == []
    for other in (file({}), content + b"\r\n"):
        done = roster.confirm(either.ports, ADMINISTRATOR, other, plan.digest, None)
        if other == file({}):
            with pytest.raises(Conflict):
                await done
            assert await told(either) == []
        else:
            assert await done == roster.Imported(2, 3)
    kinds = [body["kind"] for body in await told(either)]
    assert sorted(kinds) == ["habilitation.given"] * 3 + ["person.enrolled"] * 2 + ["roster.imported"]
    async with either.store.read() as work:
        found = await work.person_by_subject(ADMINISTRATOR.person.issuer, "i:1")
    assert found is not None
    assert found.display_name == "Ines Bon"
    again = await roster.preview(either.ports, ADMINISTRATOR, content)
    assert {line.outcome for line in again.lines} == {"unchanged"}


async def test_what_changed_between_preview_and_confirmation_stops_it(city: City) -> None:
    content = file({}, {Column.NAME: "Paul Bec"})
    plan = await roster.preview(city.ports, ADMINISTRATOR, content)
    await roster.give(city.ports, ADMINISTRATOR, row(name="paul bec", role="camera_operator"), None, None)
    before = await told(city)
    with pytest.raises(Conflict) as no:
        await roster.confirm(city.ports, ADMINISTRATOR, content, plan.digest, None)
    assert no.value.reason is Reason.VERSION
    assert await told(city) == before


async def test_a_line_to_correct_stops_the_whole_file(city: City) -> None:
    content = file({}, {Column.ROLE: "roi"})
    plan = await roster.preview(city.ports, ADMINISTRATOR, content)
    with pytest.raises(BadRows) as no:
        await roster.confirm(city.ports, ADMINISTRATOR, content, plan.digest, None)
    assert [(error.line, error.fault.value) for error in no.value.rows] == [(3, "role_unknown")]
    assert await told(city) == []


async def test_a_file_confirmed_twice_by_one_command_is_written_once(city: City) -> None:
    content, command = file({}), Command("key", "digest")
    plan = await roster.preview(city.ports, ADMINISTRATOR, content)
    first = await roster.confirm(city.ports, ADMINISTRATOR, content, plan.digest, command)
    assert await roster.confirm(city.ports, ADMINISTRATOR, content, plan.digest, command) == first
    assert len(await told(city, "roster.imported")) == 1


async def test_who_runs_the_service_habilitates_the_first_administrator(city: City) -> None:
    keeper = Keeper(organisation=CITY.id, issuer="https://new.example")
    content = file({Column.ROLE: "administrateur", Column.SUBJECT: "z:1"})
    plan = await roster.planned(city.ports, keeper, content)
    assert await roster.imported(city.ports, keeper, content, plan.digest) == roster.Imported(1, 1)
    assert {body["actor"] for body in await told(city)} == {None}


async def test_an_exported_roster_is_as_it_is(city: City) -> None:
    exported = await roster.exported(city.ports, ADMINISTRATOR)
    assert exported.decode("utf-8-sig").splitlines()[1].startswith('"Ada";"poste 1";"ada";"administrateur"')
    plan = await roster.preview(city.ports, ADMINISTRATOR, exported)
    assert {line.outcome for line in plan.lines} == {"unchanged"}


# -- who loses a role ----------------------------------------------------------------------------------


async def test_a_withdrawal_ends_the_persons_sessions_and_nobody_elses(either: City) -> None:
    first, second, other = (
        await either.signed_in(NURSE),
        await either.signed_in(NURSE),
        await either.signed_in(REGULATOR),
    )
    own = await held(either, NURSE, Role.REGULATOR)
    await roster.withdraw(either.ports, IT, own.id)
    closed = await told(either, "habilitation.withdrawn", "session.closed")
    assert [(body["kind"], body.get("cause")) for body in closed] == [
        ("habilitation.withdrawn", None),
        ("session.closed", "habilitation"),
        ("session.closed", "habilitation"),
    ]
    for gone in (first, second):
        assert await either.ports.sessions.get(gone.session.id) is None
        with pytest.raises(Unauthenticated):
            await actor_for(either.ports, LIMITS, gone.token)
    assert (await actor_for(either.ports, LIMITS, other.token)).person == REGULATOR.person


async def test_at_its_end_one_of_two_processes_signs_the_person_out(either: City) -> None:
    own = await held(either, NURSE, Role.REGULATOR)
    await load(either, replace(own, valid_until=T0 + timedelta(minutes=5)))
    made = await either.signed_in(NURSE)
    processes = [Timers(either.ports, either.video, LIMITS) for _ in range(2)]
    either.clock.advance(299)
    for process in processes:
        await process.advance()
    assert await either.ports.sessions.get(made.session.id) is not None
    either.clock.advance(1)
    for process in processes:
        await process.advance()
    assert await either.ports.sessions.get(made.session.id) is None
    [closed] = await told(either, "session.closed")
    assert closed["cause"] == "habilitation"


async def test_the_timers_know_in_time_when_somebody_leaves(city: City) -> None:
    own = await held(city, NURSE, Role.REGULATOR)
    await load(city, replace(own, valid_until=T0 + timedelta(minutes=5)))
    await city.signed_in(NURSE)
    city.clock.advance(295)
    assert await city.clock_works() == T0 + timedelta(minutes=5)


async def test_who_is_renewed_in_time_notices_nothing(city: City) -> None:
    own = await held(city, NURSE, Role.REGULATOR)
    ended = replace(own, valid_until=T0 + timedelta(minutes=5))
    renewed = replace(own, id=HabilitationId("hab_next"), valid_from=ended.valid_until)
    await load(city, ended, renewed)
    made = await city.signed_in(NURSE)
    city.clock.advance(301)
    await city.clock_works()
    assert (await actor_for(city.ports, LIMITS, made.token)).roles == {Role.REGULATOR}
    assert await told(city, "session.closed") == []


async def test_who_loses_one_of_two_roles_signs_in_again_with_the_other(city: City) -> None:
    second = habilitation(NURSE.person, Role.SAMU_SUPERVISOR)
    await load(city, second)
    made = await city.signed_in(NURSE)
    await roster.withdraw(city.ports, IT, second.id)
    with pytest.raises(Unauthenticated):
        await actor_for(city.ports, LIMITS, made.token)
    city.clock.advance(1)
    again = await city.signed_in(NURSE)
    await city.clock_works()
    assert (await actor_for(city.ports, LIMITS, again.token)).roles == {Role.REGULATOR}


async def test_a_role_that_came_after_the_sign_in_ends_nothing_when_it_goes(city: City) -> None:
    made = await city.signed_in(NURSE)
    city.clock.advance(1)
    later = replace(habilitation(NURSE.person, Role.SAMU_SUPERVISOR), valid_from=city.clock.now())
    await load(city, later)
    city.clock.advance(1)
    await roster.withdraw(city.ports, IT, later.id)
    assert (await actor_for(city.ports, LIMITS, made.token)).roles == {Role.REGULATOR}


async def test_the_last_withdrawal_ends_the_grants(city: City) -> None:
    grant = await city.grant()
    for who in (NURSE, REGULATOR):
        await roster.withdraw(city.ports, IT, (await held(city, who, Role.REGULATOR)).id)
    await city.clock_works()
    async with city.store.read() as work:
        ended = await work.grant(grant.id)
    assert ended.cause is EndCause.HABILITATION_ENDED
    assert ended.state is not GrantState.ACTIVE


# -- strangers -----------------------------------------------------------------------------------------


def stranger(subject: str = "s:9", name: str | None = "Zoé R.") -> VerifiedIdentity:
    return VerifiedIdentity(
        issuer=ADMINISTRATOR.person.issuer, subject=subject, auth_time=T0, acr=None, id_token="x", name=name
    )


async def refused(city: City, who: VerifiedIdentity) -> dict[str, str | int]:
    with pytest.raises(Denied) as no:
        await sign_in(city.ports, LIMITS, who, "ville")
    return no.value.facts


async def test_a_stranger_is_bound_by_the_reference_of_a_proven_identity(either: City) -> None:
    reference = str((await refused(either, stranger()))["reference"])
    assert (await refused(either, stranger()))["reference"] == reference
    given = await roster.give(either.ports, ADMINISTRATOR, row(), None, None)
    seen = await newcomers.found(either.ports, ADMINISTRATOR, f" {reference.lower()} ")
    assert (seen.subject, seen.name) == ("s:9", "Zoé R.")
    await newcomers.bind(either.ports, ADMINISTRATOR, given.person, reference)
    [bound] = await told(either, "person.bound")
    [first, _] = await told(either, "session.refused")
    assert bound["subject_sha256"] == first["subject_sha256"]
    assert "s:9" not in json.dumps(bound)
    made = await sign_in(either.ports, LIMITS, stranger(), "ville")
    assert made.actor.roles == {Role.ROOM_SUPERVISOR}
    with pytest.raises(NotFound):
        await newcomers.found(either.ports, ADMINISTRATOR, reference)


async def test_a_reference_counts_for_administrators_of_the_same_provider_only(city: City) -> None:
    reference = str((await refused(city, stranger()))["reference"])
    for attempt in (
        newcomers.found(city.ports, IT, reference),
        newcomers.bind(city.ports, IT, NURSE.person.id, reference),
        newcomers.bind(city.ports, ADMINISTRATOR, NURSE.person.id, reference),
        newcomers.bind(city.ports, ADMINISTRATOR, PersonId("per_nobody"), reference),
        newcomers.found(city.ports, ADMINISTRATOR, "AAAAAA"),
    ):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(Conflict):
        await newcomers.bind(city.ports, ADMINISTRATOR, OPERATOR.person.id, reference)
    city.clock.advance(newcomers.KEPT_S)
    with pytest.raises((NotFound, CrisisLinkError)):
        await newcomers.found(city.ports, ADMINISTRATOR, reference)


async def test_whose_habilitation_is_over_gets_no_reference(city: City) -> None:
    gone = person("gone", CITY)
    await load(city, gone)
    assert await refused(city, stranger("gone")) == {}
