"""A city's gazetteer as a CSV file: from the bytes of any office program to places, or what to correct."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crisislink.core.errors import Invalid
from crisislink.core.geo import Position
from crisislink.core.places import Gazetteer, Place, PlaceKind
from crisislink.core.rosterfile import FileFault, Unreadable, simple, table, tidied

FILE_MAX_BYTES = 2 * 1024 * 1024
ROWS_MAX = 10_000  # more than the streets of any French city
NAME_MAX_CHARS = 120
PRECISION_MAX_M = 5_000
USUAL_PRECISION_M = {PlaceKind.QUARTER: 400, PlaceKind.STREET: 150, PlaceKind.LANDMARK: 100}
"""How far the real thing may be from its point where the file does not say."""


class Column(StrEnum):
    """A column, by the name under which it is documented."""

    NAME = "nom"
    KIND = "type"
    QUARTER = "quartier"
    LAT = "latitude"
    LON = "longitude"
    PRECISION = "precision_m"


_NEEDED = (Column.NAME, Column.LAT, Column.LON)
_ALSO = {
    "name": Column.NAME,
    "kind": Column.KIND,
    "quarter": Column.QUARTER,
    "lat": Column.LAT,
    "lon": Column.LON,
    "precision": Column.PRECISION,
}
_NAMED = {simple(column.value): column for column in Column} | _ALSO
_KINDS = {
    "": PlaceKind.STREET,
    "rue": PlaceKind.STREET,
    "voie": PlaceKind.STREET,
    "street": PlaceKind.STREET,
    "quartier": PlaceKind.QUARTER,
    "quarter": PlaceKind.QUARTER,
    "lieu": PlaceKind.LANDMARK,
    "landmark": PlaceKind.LANDMARK,
}
_DEGREES = re.compile(r"[-+]?\d{1,3}([.,]\d{1,12})?", re.ASCII)
_METRES = re.compile(r"\d{1,4}", re.ASCII)


class PlaceFault(StrEnum):
    """What can be wrong with one line."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    BEYOND = "beyond"
    KIND = "kind"
    DEGREES = "degrees"
    METRES = "metres"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class PlaceError:
    """One thing to correct. `clash`: the line that says the same place already."""

    line: int
    column: Column | None
    fault: PlaceFault | FileFault
    clash: int | None = None


class BadPlaces(Invalid):
    """A file that cannot be loaded as it is: all there is to correct. Nothing was written."""

    def __init__(self, errors: list[PlaceError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


def read(content: bytes) -> Gazetteer:
    """The places of a file, in its order.

    Raises:
        BadPlaces: larger than `FILE_MAX_BYTES` or `ROWS_MAX`, or a line cannot be read.
    """
    if len(content) > FILE_MAX_BYTES:
        raise BadPlaces([PlaceError(1, None, FileFault.TOO_LARGE)])
    try:
        return Gazetteer(tuple(_rows(content)))
    except Unreadable as error:
        raise BadPlaces([PlaceError(error.line, None, error.fault)]) from error


def _rows(content: bytes) -> list[Place]:
    lines = table(content)
    at, header = next(lines)
    columns = [_NAMED.get(simple(cell)) for cell in header]
    wrong = [c for c in Column if columns.count(c) > 1 or (c in _NEEDED and c not in columns)]
    if wrong:
        raise BadPlaces([PlaceError(at, column, FileFault.HEADER) for column in wrong])
    errors: list[PlaceError] = []
    found: dict[tuple[str, str], tuple[int, Place]] = {}
    for line, raw in lines:
        cells = [tidied(cell) for cell in raw]
        if not any(cells):
            continue
        if len(found) == ROWS_MAX:
            raise Unreadable(FileFault.ROWS, line=line)
        try:
            place = _place(columns, cells)
        except _Fault as fault:
            errors.append(PlaceError(line, fault.column, fault.fault))
            continue
        first, _ = found.setdefault((place.name, place.quarter), (line, place))
        if first != line:
            errors.append(PlaceError(line, Column.NAME, PlaceFault.TWICE, clash=first))
    if errors:
        raise BadPlaces(errors)
    if not found:
        raise Unreadable(FileFault.EMPTY)
    return [place for _, place in found.values()]


class _Fault(Exception):
    def __init__(self, column: Column | None, fault: PlaceFault) -> None:
        super().__init__(fault.value)
        self.column, self.fault = column, fault


def _place(columns: Sequence[Column | None], row: Sequence[str]) -> Place:
    if any(row[len(columns) :]):
        raise _Fault(None, PlaceFault.BEYOND)
    cells = {column: cell for column, cell in zip(columns, row, strict=False) if column is not None}
    for column in (Column.NAME, Column.QUARTER):
        words = cells.get(column, "")
        if len(words) > NAME_MAX_CHARS:
            raise _Fault(column, PlaceFault.TOO_LONG)
        if not words.isprintable():
            raise _Fault(column, PlaceFault.CHARACTERS)
    if not cells.get(Column.NAME):
        raise _Fault(Column.NAME, PlaceFault.MISSING)
    kind = _KINDS.get(simple(cells.get(Column.KIND, "")))
    if kind is None:
        raise _Fault(Column.KIND, PlaceFault.KIND)
    metres = cells.get(Column.PRECISION, "") or str(USUAL_PRECISION_M[kind])
    if not _METRES.fullmatch(metres) or not 0 < int(metres) <= PRECISION_MAX_M:
        raise _Fault(Column.PRECISION, PlaceFault.METRES)
    return Place(
        name=cells[Column.NAME],
        kind=kind,
        position=Position(_degrees(cells, Column.LAT, 90), _degrees(cells, Column.LON, 180)),
        precision_m=int(metres),
        quarter=cells.get(Column.QUARTER, ""),
    )


def _degrees(cells: Mapping[Column, str], column: Column, most: int) -> float:
    said = cells.get(column, "")
    if not said:
        raise _Fault(column, PlaceFault.MISSING)
    degrees = float(said.replace(",", ".")) if _DEGREES.fullmatch(said) else None
    if degrees is None or abs(degrees) > most:
        raise _Fault(column, PlaceFault.DEGREES)
    return degrees
