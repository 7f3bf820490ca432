"""What a line of a roster would do, and why it may not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.actors import Habilitation, Person, Role, role_lost_at
from crisislink.core.roster import (
    ROLE_WORDS,
    Line,
    Outcome,
    Plan,
    Roster,
    RowFault,
    exported,
    moved,
    plan,
)
from crisislink.core.rosterfile import Column, Row, read, write
from tests.samples import CITY, SAMU, T0, habilitation, person

ADA = person("ada", CITY)
OMAR = person("omar", CITY)
NINA = replace(person("nina", CITY), subject=None)
HELD = habilitation(OMAR, Role.CAMERA_OPERATOR)
THERE = Roster(
    organisation=CITY,
    issuer=ADA.issuer,
    persons=[ADA, OMAR, NINA],
    habilitations=[habilitation(ADA, Role.ADMINISTRATOR), HELD],
    elsewhere=frozenset({"ines"}),
)
GOOD = {
    Column.NAME: "Zoé Roux",
    Column.ROLE: "opérateur vidéo",
    Column.DESIGNATED_BY: "le maire",
    Column.ACT: "arrêté 7",
    Column.FROM: "2026-12-01",
    Column.UNTIL: "2026-12-31",
}


def row(line: int = 2, /, **cells: str) -> Row:
    return Row(line, GOOD | {Column[name.upper()]: cell for name, cell in cells.items()})


def planned(*rows: Row, there: Roster = THERE) -> Plan:
    return plan(there, rows, by=ADA.id, now=T0)


def only(found: Plan) -> Line:
    [line] = found.lines
    return line


def faults(found: Plan) -> list[tuple[int, Column | None, str]]:
    return [(error.line, error.column, error.fault.value) for error in found.errors]


def test_a_new_person_a_known_one_and_what_is_there_already() -> None:
    known = row(3, name="omar", role="chef de salle")
    there = Row(4, exported(THERE)[1])
    found = planned(row(), known, there)
    assert [(line.person, line.outcome) for line in found.lines] == [
        (None, Outcome.NEW_PERSON),
        (OMAR.id, Outcome.NEW),
        (OMAR.id, Outcome.UNCHANGED),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "fault"),
    [
        ({"name": ""}, Column.NAME, RowFault.MISSING),
        ({"act": ""}, Column.ACT, RowFault.MISSING),
        ({"name": "x" * 121}, Column.NAME, RowFault.TOO_LONG),
        ({"name": "Zo\u202eé"}, Column.NAME, RowFault.CHARACTERS),
        ({"role": "roi"}, Column.ROLE, RowFault.ROLE_UNKNOWN),
        ({"role": "ARM"}, Column.ROLE, RowFault.ROLE_ELSEWHERE),
        ({"role": "auditeur"}, Column.ROLE, RowFault.ROLE_ELSEWHERE),
        ({"from": "demain"}, Column.FROM, RowFault.DATE),
        ({"until": "2026-11-30"}, Column.UNTIL, RowFault.DATE_ORDER),
        ({"from": "2026-01-01", "until": "2026-11-22"}, Column.UNTIL, RowFault.PAST),
        ({"organisation": "SAMU 31"}, Column.ORGANISATION, RowFault.OTHER_ORGANISATION),
        ({"subject": "ines"}, Column.SUBJECT, RowFault.SUBJECT_TAKEN),
        ({"subject": "omar"}, Column.SUBJECT, RowFault.SUBJECT_NAME),
        ({"subject": "n:1", "name": "NINA"}, Column.SUBJECT, RowFault.NAME_UNBOUND),
        ({"name": "omar"}, Column.FROM, RowFault.OVERLAP),
        ({"name": "ada"}, Column.NAME, RowFault.SELF),
        ({"role": "administrateur", "name": "omar"}, Column.ROLE, RowFault.ADMINISTRATOR_ALONE),
        ({"subject": "client:lrm"}, Column.ROLE, RowFault.MACHINE_ALONE),
        ({"withdrawn": "2026-11-20"}, Column.WITHDRAWN, RowFault.WITHDRAWN),
    ],
)
def test_a_line_that_cannot_be_written_says_where_and_why(
    cells: dict[str, str], column: Column, fault: RowFault
) -> None:
    assert (2, column, fault) in faults(planned(row(**cells)))
    assert only(planned(row(**cells))).outcome is None


def test_a_line_may_name_its_own_organisation_in_any_way() -> None:
    for name in (CITY.id, CITY.name, CITY.short_name, "TOULOUSE"):
        assert not planned(row(organisation=name)).errors


def test_lines_of_one_file_are_judged_against_each_other() -> None:
    again, later = row(3), row(4, **{"from": "2027-01-01"}, until="2027-02-01")
    found = planned(row(), again, later, row(5, until="2026-12-15"))
    assert faults(found) == [
        (3, Column.FROM, "duplicate"),
        (5, Column.FROM, "overlap"),
        (5, Column.FROM, "overlap"),
    ]
    assert {line.who for line in found.lines} == {"name:zoe roux"}, "one person"


def test_one_identifier_is_one_person_and_a_name_alone_only_where_it_is_one() -> None:
    first = row(2, subject="z:1")
    assert not planned(first, row(3, role="chef de salle")).errors, "the one Zoé of this file"
    assert faults(planned(first, row(3, subject="z:1", name="Zoë Petit"))) == [
        (3, Column.SUBJECT, "subject_name")
    ]
    assert faults(planned(first, row(3, subject="z:2"), row(4, role="chef de salle"))) == [
        (4, Column.NAME, "name_ambiguous")
    ]
    assert faults(planned(row(2), row(3, subject="z:1"))) == [(3, Column.NAME, "name_ambiguous")]
    twins = replace(THERE, persons=[*THERE.persons, replace(OMAR, id=NINA.id, subject="o:2")])
    assert faults(planned(row(name="Omar"), there=twins))[0] == (2, Column.NAME, "name_ambiguous")


def test_dispatch_software_is_a_client_and_nothing_else() -> None:
    hospital = replace(THERE, organisation=SAMU, persons=[], habilitations=[])
    machine = row(name="LRM", role="logiciel de régulation", subject="client:lrm")
    assert not planned(machine, there=hospital).errors
    named = planned(row(name="LRM", role="LRM", subject="lrm"), there=hospital)
    assert faults(named) == [(2, Column.ROLE, "machine_alone")]


def test_what_was_withdrawn_leaves_its_time_free_and_is_not_given_again_by_its_own_line() -> None:
    withdrawn = replace(HELD, withdrawn_at=T0)
    there = replace(THERE, habilitations=[withdrawn])
    [line] = exported(there)
    assert only(planned(Row(2, line), there=there)).outcome is Outcome.UNCHANGED
    assert faults(planned(Row(2, line | {Column.WITHDRAWN: ""}), there=there)) == [
        (2, Column.FROM, "overlap")
    ]
    assert not planned(row(name="omar"), there=there).errors
    before_it_began = replace(HELD, withdrawn_at=HELD.valid_from - timedelta(days=1))
    there = replace(THERE, habilitations=[before_it_began])
    assert not planned(row(name="omar", **{"from": "2026-11-23"}), there=there).errors


def test_the_digest_names_exactly_what_would_be_written() -> None:
    first = planned(row()).digest
    assert planned(row()).digest == first
    others = [
        planned(row(act="arrêté 8")),
        planned(row(post="poste 1")),
        planned(row(), row(3, role="chef de salle")),
        planned(row(), there=replace(THERE, issuer="https://other.example")),
        planned(
            row(), there=replace(THERE, persons=[*THERE.persons, replace(OMAR, display_name="Zoé Roux")])
        ),
    ]
    assert len({first, *(other.digest for other in others)}) == len(others) + 1


def test_every_role_is_written_and_read() -> None:
    assert ROLE_WORDS.keys() == set(Role)
    words = [word for words in ROLE_WORDS.values() for word in words]
    assert len(words) == len(set(words))


@given(st.data())
def test_an_exported_roster_changes_nothing_when_it_is_imported(data: st.DataObject) -> None:
    days = st.integers(-400, 400)
    held = [
        replace(
            HELD,
            id=HELD.id,
            role=role,
            valid_from=T0 + timedelta(days=start, seconds=data.draw(st.integers(0, 86_399))),
            valid_until=T0 + timedelta(days=start + data.draw(st.integers(2, 90))),
            withdrawn_at=data.draw(st.none() | st.just(T0)),
        )
        for role in (Role.CAMERA_OPERATOR, Role.ROOM_SUPERVISOR)
        for start in [data.draw(days)]
    ]
    there = replace(THERE, habilitations=held)
    found = plan(there, read(write(exported(there))), by=ADA.id, now=T0)
    assert [line.outcome for line in found.lines] == [Outcome.UNCHANGED] * len(held)


def _until(held: Habilitation, at: datetime, by: Person = ADA) -> list[str]:
    return [error.fault.value for error in moved(THERE, held, at, by=by.id, now=T0)]


def test_an_end_moves_within_reason() -> None:
    assert _until(HELD, T0 + timedelta(days=90)) == []
    assert _until(HELD, T0 + timedelta(days=1)) == []
    assert _until(HELD, T0) == ["past"]
    assert _until(HELD, HELD.valid_from) == ["date_order"]
    assert _until(HELD, T0 + timedelta(days=90), by=OMAR) == ["self"]
    assert _until(HELD, T0 + timedelta(days=1), by=OMAR) == [], "one may shorten one's own"
    next_one = replace(
        HELD,
        id=THERE.habilitations[0].id,
        valid_from=HELD.valid_until,
        valid_until=HELD.valid_until + timedelta(days=9),
    )
    there = replace(THERE, habilitations=[HELD, next_one])
    [clash] = moved(there, HELD, HELD.valid_until + timedelta(days=1), by=ADA.id, now=T0)
    assert clash.fault is RowFault.OVERLAP


def test_a_role_is_lost_at_its_end_unless_another_goes_on_with_it() -> None:
    first = habilitation(OMAR, Role.CAMERA_OPERATOR, days=2)
    renewed = replace(first, valid_from=first.valid_until, valid_until=first.valid_until + timedelta(days=5))
    other = habilitation(OMAR, Role.ROOM_SUPERVISOR, days=9)
    assert role_lost_at([], since=T0) is None
    assert role_lost_at([first], since=T0) == first.valid_until
    assert role_lost_at([renewed, first], since=T0) == renewed.valid_until
    assert role_lost_at([first, other], since=T0) == first.valid_until
    assert role_lost_at([first, other], since=T0 + timedelta(days=3)) == other.valid_until
    assert role_lost_at([replace(renewed, withdrawn_at=T0), first], since=T0) == first.valid_until
    assert role_lost_at([replace(first, withdrawn_at=T0)], since=T0) == T0
