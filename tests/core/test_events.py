"""What the register keeps: bytes that are the same on every machine, and say all that happened."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.entries import canonical_bytes, parties
from crisislink.core.events import KINDS, GrantEnded, epoch_ms
from crisislink.core.ids import GrantId, OrganisationId

WORDS = Path(__file__).parents[2] / "frontend" / "src" / "words"
ENDED = GrantEnded(
    grant=GrantId("gr_1"),
    beneficiary=OrganisationId("org_a"),
    owner=OrganisationId("org_b"),
    acknowledged=True,
)


def test_the_bytes_of_an_entry_never_change() -> None:
    at = datetime(2026, 11, 23, 9, 0, 0, 123_999, tzinfo=UTC)
    assert canonical_bytes(ENDED, seq=7, at=at) == (
        b'{"acknowledged":true,"at_ms":1795424400123,"beneficiary":"org_a","grant":"gr_1",'
        b'"kind":"grant.ended","owner":"org_b","seq":7,"v":1}'
    )


def test_kinds_are_unique_and_no_event_hides_a_field() -> None:
    assert len(set(KINDS)) == len(KINDS)
    for event in KINDS.values():
        assert not {"kind", "v", "seq", "at_ms"} & {f.name for f in fields(event)}


def test_the_register_s_page_has_a_name_and_a_sentence_for_every_kind() -> None:
    words = "".join((WORDS / name).read_text() for name in ("fr.ts", "frlater.ts"))
    assert set(re.findall(r"'e_([a-z_.]+)'", words)) == KINDS.keys()
    said = re.findall(r"'k_([a-z_.]+)'", words)
    assert {kind for kind in KINDS if not any(one.startswith(kind) for one in said)} == set()


def test_parties_are_the_organisations_named() -> None:
    body = json.loads(canonical_bytes(ENDED, seq=1, at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert parties(body) == {"org_a", "org_b"}
    assert parties({"issuer": "x"}) == frozenset()


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_milliseconds_do_not_depend_on_the_zone(naive: datetime, hours: int) -> None:
    at = naive.replace(tzinfo=UTC)
    there = at.astimezone(timezone(timedelta(hours=hours)))
    assert epoch_ms(at) == epoch_ms(there)
    assert abs(epoch_ms(at) - at.timestamp() * 1000) < 1
