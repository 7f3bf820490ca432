"""A roster as a CSV file: from bytes of any office program to rows of text, and back.

Hostile files are normal. Read: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252, as Excel
saves; `;`, `,` or tab, as the header says; French or English headers in any order. What a program might run
as a formula is marked with `'` when written, and the mark is taken off again when read.
"""

import codecs
import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

FILE_MAX_BYTES = 256 * 1024
ROWS_MAX = 500  # one transaction writes them all, and nobody decides meanwhile
_FORMULA = "=+-@＝＋－＠"
_DELIMITERS = ";,\t"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Column(StrEnum):
    """A column, by the name under which it is written."""

    NAME = "nom"
    POST = "poste"
    SUBJECT = "identifiant"
    ROLE = "role"
    ORGANISATION = "organisation"
    DESIGNATED_BY = "designe_par"
    ACT = "acte"
    FROM = "debut"
    UNTIL = "fin"
    WITHDRAWN = "retrait"


MAX_CHARS: Mapping[Column, int] = {
    Column.NAME: 120,
    Column.POST: 60,
    Column.SUBJECT: 511,
    Column.ROLE: 60,
    Column.ORGANISATION: 120,
    Column.DESIGNATED_BY: 200,
    Column.ACT: 200,
    Column.FROM: 40,
    Column.UNTIL: 40,
    Column.WITHDRAWN: 40,
}
_UNCOMPOSED_MAX = 4 * max(MAX_CHARS.values())
"""Composing joins four characters at most: what is longer stays too long. It takes the time of a square."""
NEEDED = (Column.NAME, Column.ROLE, Column.DESIGNATED_BY, Column.ACT, Column.FROM, Column.UNTIL)
_ALSO = {
    "name": Column.NAME,
    "personne": Column.NAME,
    "person": Column.NAME,
    "post": Column.POST,
    "fonction": Column.POST,
    "identifier": Column.SUBJECT,
    "subject": Column.SUBJECT,
    "sub": Column.SUBJECT,
    "organization": Column.ORGANISATION,
    "designated by": Column.DESIGNATED_BY,
    "act": Column.ACT,
    "reference": Column.ACT,
    "from": Column.FROM,
    "du": Column.FROM,
    "until": Column.UNTIL,
    "au": Column.UNTIL,
    "to": Column.UNTIL,
    "withdrawn": Column.WITHDRAWN,
}


class FileFault(StrEnum):
    """Why a file cannot be read as a roster at all."""

    TOO_LARGE = "file_too_large"
    ENCODING = "file_encoding"
    EMPTY = "file_empty"
    HEADER = "file_header"
    BROKEN = "file_broken"
    ROWS = "file_rows"


class Unreadable(Exception):
    """Not a roster. `line` where it is known; `columns`: those that are missing or there twice."""

    def __init__(self, fault: FileFault, *, line: int = 1, columns: Iterable[Column] = ()) -> None:
        super().__init__(fault.value)
        self.fault, self.line, self.columns = fault, line, tuple(columns)


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `cells` are tidy: composed, single spaces, no marks; `beyond`: it has more than columns."""

    line: int
    cells: Mapping[Column, str]
    beyond: bool = False

    def __getitem__(self, field: Column) -> str:
        """The cell, empty where there is none."""
        return self.cells.get(field, "")


def read(content: bytes) -> list[Row]:
    """The rows of a file, without empty ones.

    Raises:
        Unreadable: not a roster, or larger than `FILE_MAX_BYTES` or `ROWS_MAX`.
    """
    if len(content) > FILE_MAX_BYTES:
        raise Unreadable(FileFault.TOO_LARGE)
    lines = table(content)
    at, header = next(lines, (1, []))
    fields = _fields(header, at)
    found: list[Row] = []
    for line, cells in lines:
        tidy = [tidied(cell) for cell in cells]
        if not any(tidy):
            continue
        if len(found) == ROWS_MAX:
            raise Unreadable(FileFault.ROWS, line=line)
        named = {field: cell for field, cell in zip(fields, tidy, strict=False) if field is not None}
        found.append(Row(line, named, beyond=any(tidy[len(fields) :])))
    if not found:
        raise Unreadable(FileFault.EMPTY)
    return found


def table(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each record of a CSV file of any office program, its header first, with the line it begins at.

    Raises:
        Unreadable: no text, or broken.
    """
    text = _text(content)
    if not text.strip():
        raise Unreadable(FileFault.EMPTY)
    first, _, rest = text.partition("\n")
    skipped = first.strip().lower().startswith("sep=")
    return _lines(rest if skipped else text, after=int(skipped))


def tidied(text: str) -> str:
    """Composed characters (NFC), single spaces, none around, no mark against formulas.

    What would be too long for any column even so is cut, not composed: it stays too long.
    """
    flat = " ".join(text.split())
    if len(flat) > _UNCOMPOSED_MAX:
        return flat[:_UNCOMPOSED_MAX]
    flat = " ".join(unicodedata.normalize("NFC", flat).split())
    return flat[1:].lstrip() if flat[:1] == "'" and flat[1:2] and flat[1] in _FORMULA else flat


def _text(content: bytes) -> str:
    named = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    for encoding in ("utf-8", "cp1252") if named is None else (named,):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise Unreadable(FileFault.ENCODING)


def _lines(text: str, *, after: int) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line it begins at."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=head.count), strict=True)
    while True:
        begins = after + reader.line_num + 1
        try:
            yield begins, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(FileFault.BROKEN, line=begins) from error


def _fields(header: list[str], line: int) -> list[Column | None]:
    """What each column is; one whose name says nothing to us is None."""
    fields = [_field(cell) for cell in header]
    times = Counter(fields)
    wrong = [field for field in Column if times[field] > 1 or (field in NEEDED and not times[field])]
    if wrong:
        raise Unreadable(FileFault.HEADER, line=line, columns=wrong)
    return fields


def _field(cell: str) -> Column | None:
    return _NAMED.get(simple(cell))


def simple(text: str) -> str:
    """Without case, accents and signs: how words of a header, roles and names are compared."""
    split = unicodedata.normalize("NFKD", tidied(text)).casefold()
    letters = "".join(c if c.isalnum() else " " for c in split if not unicodedata.combining(c))
    return " ".join(letters.split())


_NAMED = {simple(field.value): field for field in Column} | _ALSO


def write(rows: Iterable[Mapping[Column, str]]) -> bytes:
    """A file that Excel in French opens as it is: UTF-8 with a mark, `;`, nothing it would run."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([field.value for field in Column])
    writer.writerows([[harmless(row.get(field, "")) for field in Column] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """The cell as no spreadsheet runs it (OWASP, CSV injection)."""
    return f"'{cell}" if cell[:1] and cell[0] in _FORMULA else cell
