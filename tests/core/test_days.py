"""A day of a roster is a day of Europe/Paris, first and last included, whatever the clocks do that night."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.days import PARIS, end_instant, first_day, first_instant, last_day


@pytest.mark.parametrize(
    ("written", "first", "end"),
    [
        ("2026-11-23", "2026-11-22T23:00Z", "2026-11-23T23:00Z"),
        ("23/11/2026", "2026-11-22T23:00Z", "2026-11-23T23:00Z"),
        (" 3/7/2026 ", "2026-07-02T22:00Z", "2026-07-03T22:00Z"),
        ("29/02/2028", "2028-02-28T23:00Z", "2028-02-29T23:00Z"),
        ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),  # 23 hours
        ("2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),  # 25 hours
        ("23/11/2026 08:30", "2026-11-23T07:30Z", "2026-11-23T07:30Z"),
        ("2026-11-23T8h30", "2026-11-23T07:30Z", "2026-11-23T07:30Z"),
        ("2026-10-25 02:30", "2026-10-25T01:30Z", "2026-10-25T00:30Z"),  # twice: the narrower right
    ],
)
def test_a_day_is_read(written: str, first: str, end: str) -> None:
    assert first_instant(written) == datetime.fromisoformat(first)
    assert end_instant(written) == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "demain",
        "31/02/2026",
        "29/02/2026",
        "23/11/26",
        "11/23/2026",
        "1999-12-31",
        "2101-01-01",
        "0000-00-00",
        "9999-12-31",
        "2026-11-23 24:00",
        "2026-11-23 08:60",
        "2026-03-29 02:30",
        "2026-11-23 08:00 +0200",
        "٢٠٢٦-١١-٢٣",
        "2026-11-23\n",
        "45986",
    ],
)
def test_what_is_no_day_is_none(written: str) -> None:
    if written.endswith("\n"):
        assert first_instant(written) is not None, "space around is none of its business"
        return
    assert first_instant(written) is None
    assert end_instant(written) is None


_INSTANTS = st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2100, 12, 30))  # noqa: DTZ001


def _unique(at: datetime) -> bool:
    local = at.astimezone(PARIS)
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


@given(_INSTANTS)
def test_an_instant_that_is_written_is_read_again(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    if _unique(at):
        assert first_instant(first_day(at)) == at
    if _unique(at) and _unique(at - timedelta(days=1)):
        assert end_instant(last_day(at)) == at


@given(st.text(max_size=40))
def test_any_text_is_a_day_or_none(text: str) -> None:
    for read in (first_instant, end_instant):
        at = read(text)
        assert at is None or at.tzinfo is UTC
