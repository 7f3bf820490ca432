"""Days as rosters write them, and the instants they mean: a day is the one of Europe/Paris.

A first day begins at its midnight there; a last day is included, so what it bounds ends at the next midnight.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_YEARS = range(2000, 2101)
_WRITTEN = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})/(?P<m2>\d{1,2})/(?P<y2>\d{4}))"
    r"(?:[ T]+(?P<h>\d{1,2})[:h](?P<min>\d{2})(?::(?P<s>\d{2})(?:\.(?P<us>\d{6}))?)?)?",
    re.ASCII,
)


def first_instant(written: str) -> datetime | None:
    """The instant (aware UTC) from which something holds: `2026-11-23`, `23/11/2026`, or with ` 08:00`.

    None: not a day of the years 2000 to 2100, or a time that clocks skip. Of a time that comes twice, the
    later one.
    """
    local = _local(written)
    return None if local is None else _utc(local.replace(fold=1))


def end_instant(written: str) -> datetime | None:
    """The first instant at which it no longer holds: after the day, or at the time where one is written.

    As `first_instant`; of a time that comes twice, the earlier one.
    """
    local = _local(written)
    if local is None:
        return None
    whole_day = _WRITTEN.fullmatch(written.strip())
    assert whole_day is not None, "read a moment ago"
    return _utc(local + timedelta(days=1) if whole_day["h"] is None else local)


def first_day(at: datetime) -> str:
    """As `first_instant` reads it: the day alone where it begins there."""
    return _written(at.astimezone(PARIS))


def last_day(at: datetime) -> str:
    """As `end_instant` reads it: the day alone where `at` is the midnight after it."""
    local = at.astimezone(PARIS)
    return f"{local - timedelta(days=1):%Y-%m-%d}" if _midnight(local) else _written(local)


def _local(written: str) -> datetime | None:
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    day = [int(found[a] or found[b]) for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2"))]
    time = [int(found[name] or 0) for name in ("h", "min", "s", "us")]
    try:
        local = datetime(*day, *time)  # type: ignore[arg-type]  # noqa: DTZ001 - aware in `_utc`
    except ValueError:
        return None
    return local if local.year in _YEARS else None


def _utc(local: datetime) -> datetime | None:
    at = local.replace(tzinfo=PARIS).astimezone(UTC)
    there = at.astimezone(PARIS).replace(tzinfo=None, fold=0)
    return at if there == local.replace(fold=0) else None


def _midnight(local: datetime) -> bool:
    return (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def _written(local: datetime) -> str:
    if _midnight(local):
        return f"{local:%Y-%m-%d}"
    if local.microsecond:
        return f"{local:%Y-%m-%d %H:%M:%S.%f}"
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
