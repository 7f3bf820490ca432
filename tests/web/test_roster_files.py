"""Hostile roster files, from bytes to what the API says: rows, or what to correct; never anything else."""

import csv
import io
import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crisislink.core.actors import Habilitation
from crisislink.core.ids import HabilitationId, PersonId
from crisislink.core.roster import Plan, Roster, exported, plan
from crisislink.core.rosterfile import FILE_MAX_BYTES, ROWS_MAX, Column, Unreadable, read, write
from crisislink.web.roster import plan_view
from tests.core.test_roster import ADA, GOOD, THERE
from tests.samples import T0

HEADER = ";".join(column.value for column in Column)
ROW = ";".join(GOOD.get(column, "") for column in Column)
NASTY = (
    *(
        "=cmd|' /C calc'!A0",
        "+1",
        "@SUM(A1)",
        "\t=1",
        "'=1",
        "=",
        "'",
        '"',
        '""',
        "\0",
        "\u202e",
        "\ufeff",
        "\x85",
    ),
    *(
        "01/01/2026",
        "31/12/2099",
        "2027-02-30",
        "9999-99-99",
        "2026-12-01 25:61",
        "régulateur",
        "DSI",
        "client:lrm",
    ),
    *("x" * 600, "ﷺ" * 300, "o" + "\u0300\u0327" * 900, " " * 900 + "a", "🚑" * 50, "\u1100\u1161" * 80),
    *(ADA.display_name, ADA.subject or "", "ines", "l. 2", "{clash}", "%s", "<script>", "';--"),
)
CELLS = st.sampled_from(NASTY) | st.text(max_size=12)
ROWS = st.lists(st.lists(CELLS, max_size=12), max_size=6)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Something like a roster: a good line or two, cells of all kinds, any encoding, broken anywhere."""
    delimiter = draw(st.sampled_from(";,\t"))
    lines = [HEADER if draw(st.booleans()) else HEADER.upper(), ROW]
    lines += [";".join(draw(st.permutations(row))) for row in draw(ROWS)]
    text = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"])).join(lines).replace(";", delimiter)
    content = text.encode(
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-7"])), "replace"
    )
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.binary(max_size=4)) + content[at + draw(st.integers(0, 3)) :]


def judged(content: bytes) -> Plan:
    """The plan, as it is judged and as the API says it."""
    found = plan(THERE, read(content), by=ADA.id, now=T0)
    said = json.loads(plan_view(found).model_dump_json())
    assert [line["line"] for line in said["lines"]] == [line.line for line in found.lines]
    assert said["wrong"] == len({error.line for error in found.errors})
    return found


def written(found: Plan) -> bytes:
    """The export of a roster that has what the plan would write."""
    asked = [line.proposal for line in found.lines if line.proposal is not None and not line.errors]
    persons = [
        replace(ADA, id=PersonId(f"p{p.line}"), subject=p.subject, display_name=p.name, post=p.post)
        for p in asked
    ]
    given_ = [
        Habilitation(
            id=HabilitationId(who.id),
            person=who.id,
            role=p.role,
            designated_by=p.designated_by,
            act=p.act,
            valid_from=p.valid_from,
            valid_until=p.valid_until,
        )
        for who, p in zip(persons, asked, strict=True)
    ]
    there = Roster(organisation=THERE.organisation, issuer=ADA.issuer, persons=persons, habilitations=given_)
    return write(exported(there))


@given(files())
@settings(max_examples=120)
@example(f"{HEADER}\n{ROW}\n{ROW}".encode())
@example(f"{HEADER}\n{ROW}".replace("Zoé", "=Zoé").encode())
def test_any_file_is_rows_or_what_to_correct(content: bytes) -> None:
    with suppress(Unreadable):
        found = judged(content)
        again = written(found).decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(again, ""), delimiter=";") for cell in row]
        assert not any(cell.startswith(tuple("=+-@\t\r＝＋－＠")) for cell in cells)
        with suppress(Unreadable):  # none was good
            assert all(line.proposal is not None for line in judged(again.encode()).lines)


@pytest.mark.parametrize(
    ("line", "fault", "at"),
    [(b"a\n", "file_rows", ROWS_MAX + 2), (b";\n", "file_empty", 1), (b"\n", "file_empty", 1)],
)
def test_of_a_hundred_thousand_lines_the_first_too_many_is_named(line: bytes, fault: str, at: int) -> None:
    many = HEADER.encode() + b"\n" + line * 100_000
    assert len(many) < FILE_MAX_BYTES
    with pytest.raises(Unreadable) as no:
        read(many)
    assert (no.value.fault.value, no.value.line) == (fault, at)
