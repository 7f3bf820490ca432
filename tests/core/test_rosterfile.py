"""Files of any office program become rows; hostile ones an error with a line, never anything else."""

import csv
import io
import unicodedata
from contextlib import suppress
from types import SimpleNamespace
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crisislink.core import rosterfile
from crisislink.core.rosterfile import (
    FILE_MAX_BYTES,
    MAX_CHARS,
    NEEDED,
    ROWS_MAX,
    Column,
    FileFault,
    Unreadable,
    harmless,
    read,
    tidied,
    write,
)

HEADER = "nom;poste;identifiant;role;designe_par;acte;debut;fin"
LINE = "Dr Léa Fabre;poste 4;f:1;régulateur;le directeur;Décision n° 3;01/12/2026;31/12/2026"
FILE = f"{HEADER}\r\n{LINE}\r\n"


def fault(content: bytes) -> tuple[FileFault, int]:
    with pytest.raises(Unreadable) as no:
        read(content)
    return no.value.fault, no.value.line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_every_way_of_saving_gives_the_same_rows(encoding: str, delimiter: str, ending: str) -> None:
    [row] = read(FILE.replace(";", delimiter).replace("\r\n", ending).encode(encoding))
    assert row[Column.NAME] == "Dr Léa Fabre"
    assert row[Column.ACT] == "Décision n° 3"
    assert (row.line, row[Column.UNTIL], row[Column.ORGANISATION]) == (2, "31/12/2026", "")


@pytest.mark.parametrize(
    "header",
    [
        "Nom;Poste;Identifiant;Rôle;Désigné par;Acte;Début;Fin",
        " NOM ;fonction;SUB;role;designe par;référence;DU;AU",
        "name;post;identifier;role;designated_by;act;from;until",
    ],
)
def test_headers_in_both_languages_in_any_case(header: str) -> None:
    [row] = read(f"{header}\n{LINE}\n".encode())
    assert set(NEEDED) <= row.cells.keys()


def test_columns_of_others_and_the_order_do_not_matter() -> None:
    [row] = read(b"fin,matricule,nom,role,acte,debut,designe_par\n31/12/2026,77,A,ARM,x,01/12/2026,y")
    assert row.cells == {
        Column.UNTIL: "31/12/2026",
        Column.NAME: "A",
        Column.ROLE: "ARM",
        Column.ACT: "x",
        Column.FROM: "01/12/2026",
        Column.DESIGNATED_BY: "y",
    }


def test_excels_own_ways() -> None:
    spread = f'sep=;\r\n{HEADER};;\r\n;;;;;;;;;\r\n"Dr ""Léa""\r\nFabre"{LINE[12:]};;\r\n;;\r\n{LINE}'
    first, second = read(spread.encode("cp1252"))
    assert (first.line, first[Column.NAME], first.beyond) == (4, 'Dr "Léa" Fabre', False)
    assert second.line == 7


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (FileFault.EMPTY, 1)),
        (b"\xef\xbb\xbf \r\n", (FileFault.EMPTY, 1)),
        (HEADER.encode(), (FileFault.EMPTY, 1)),
        (b"PK\x03\x04" + b"\0" * 40, (FileFault.ENCODING, 1)),
        (b"\xff\xfea", (FileFault.ENCODING, 1)),
        (FILE.replace("nom", "surnom").encode(), (FileFault.HEADER, 1)),
        (FILE.replace("poste;", "nom;").encode(), (FileFault.HEADER, 1)),
        (f'{HEADER}\n"never closed'.encode(), (FileFault.BROKEN, 2)),
        (f'{HEADER}\n{LINE}\n"a"b;c'.encode(), (FileFault.BROKEN, 3)),
        (b"x" * (FILE_MAX_BYTES + 1), (FileFault.TOO_LARGE, 1)),
        (f"{HEADER}\n".encode() + b"a;b\n" * (ROWS_MAX + 1), (FileFault.ROWS, ROWS_MAX + 2)),
        (f"{HEADER}\n".encode() + b"x" * 200_000, (FileFault.BROKEN, 2)),
    ],
)
def test_what_is_no_roster_says_so(content: bytes, expected: tuple[FileFault, int]) -> None:
    assert fault(content) == expected


def test_no_file_takes_long_to_compose(monkeypatch: pytest.MonkeyPatch) -> None:
    """The square of a cell's length: a file of marks would hold up every picture for half a minute."""
    composed: list[int] = []

    def composing(form: Literal["NFC", "NFKD"], text: str) -> str:
        composed.append(len(text))
        return unicodedata.normalize(form, text)

    monkeypatch.setattr(
        rosterfile, "unicodedata", SimpleNamespace(normalize=composing, combining=lambda _: 0)
    )
    marks = "o" + "\u0300\u0327" * 60_000
    [row] = read(f"{HEADER}\n{marks}{LINE}".encode()[:FILE_MAX_BYTES])
    assert len(row[Column.NAME]) > MAX_CHARS[Column.NAME]
    assert max(composed) < 3_000
    assert tidied("e\u0301" * 100) == "é" * 100


def test_a_header_of_tens_of_thousands_of_columns_is_no_roster() -> None:
    assert fault(b"au;" * 80_000) == (FileFault.HEADER, 1)


def test_the_columns_that_are_missing_are_named() -> None:
    with pytest.raises(Unreadable) as no:
        read(b"nom;role\nA;ARM")
    assert no.value.columns == (Column.DESIGNATED_BY, Column.ACT, Column.FROM, Column.UNTIL)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(f"{HEADER}\n'=1;'".encode())
@example(b"\xef\xbb\xbf\xff")
def test_any_bytes_are_rows_or_no_roster(content: bytes) -> None:
    for given_content in (content, HEADER.encode() + b"\n" + content):
        with suppress(Unreadable):
            rows = read(given_content)
            assert rows
            assert all(any(row.cells.values()) or row.beyond for row in rows)


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30).map(tidied)


@given(st.lists(st.dictionaries(st.sampled_from(Column), CELLS), min_size=1, max_size=5))
@example([{Column.NAME: "=HYPERLINK(0)"}, {Column.ACT: "'"}, {Column.ACT: '-1";"'}])
def test_what_is_written_runs_nowhere_and_is_read_again(rows: list[dict[Column, str]]) -> None:
    content = write(rows)
    for line in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"):
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) for cell in line
        )
    kept = [{c: cell for c, cell in row.items() if cell} for row in rows if any(row.values())]
    if kept:
        assert [{c: cell for c, cell in row.cells.items() if cell} for row in read(content)] == kept


@given(st.text(max_size=20))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidied(harmless(tidied(text))) == tidied(text)
