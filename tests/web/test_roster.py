"""The roster by HTTP: each refusal says in both languages what to correct, and where."""

from base64 import b64encode
from typing import Any

import pytest

from crisislink.core.roster import Fault, RowError, RowFault
from crisislink.core.rosterfile import FILE_MAX_BYTES, Column, FileFault
from crisislink.web.rosterwords import WORDS, row_error
from tests.web.conftest import Site

NEW: dict[str, Any] = {
    "name": "Zoé Roux",
    "role": "room_supervisor",
    "designated_by": "le maire",
    "act": "arrêté 7",
    "first_day": "2026-11-20",
    "last_day": "2026-12-31",
}
FILE = "nom;role;designe_par;acte;debut;fin\n{0};chef de salle;le maire;arrêté 7;23/11/2026;31/12/2026\n"


def encoded(*names: str) -> dict[str, str]:
    content = FILE.format(names[0]) + "".join(FILE.format(name).splitlines()[1] + "\n" for name in names[1:])
    return {"content": b64encode(content.encode("cp1252")).decode()}


async def test_a_habilitation_lives_by_http(site: Site) -> None:
    given = (await site.post("ada", "/api/admin/habilitations", NEW)).json()
    assert (given["first_day"], given["last_day"], given["standing"]) == (
        "2026-11-20",
        "2026-12-31",
        "in_force",
    )
    listed = (await site.get("ada", "/api/admin/roster")).json()
    assert listed["roles"] == ["camera_operator", "room_supervisor", "administrator"]
    bound = {m["name"]: m["bound"] for m in listed["members"]}
    assert (bound["Zoé Roux"], bound["Omar"]) == (False, True)
    path = f"/api/admin/habilitations/{given['id']}"
    moved = await site.post("ada", f"{path}/end", {"last_day": "2027-01-31", "was": given["valid_until"]})
    assert moved.json()["last_day"] == "2027-01-31"
    stale = await site.post("ada", f"{path}/end", {"last_day": "2027-02-28", "was": given["valid_until"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "version")
    assert (await site.post("ada", f"{path}/withdraw")).json()["standing"] == "withdrawn"
    over = await site.post("ada", f"{path}/end", {"last_day": "2027-02-28", "was": given["valid_until"]})
    assert (over.status_code, over.json()["code"]) == (409, "habilitation_over")


async def test_a_form_to_correct_is_a_problem_with_its_fields(site: Site) -> None:
    answer = await site.post("ada", "/api/admin/habilitations", NEW | {"act": "", "last_day": "31/02/2027"})
    assert (answer.status_code, answer.json()["code"]) == (422, "roster_rows")
    assert [(row["line"], row["column"], row["code"]) for row in answer.json()["rows"]] == [
        (0, "acte", "missing"),
        (0, "fin", "date"),
    ]


async def test_a_file_is_previewed_then_written(site: Site) -> None:
    sent = encoded("Zoé Roux", "=Zed")
    plan = (await site.post("ada", "/api/admin/roster/preview", sent)).json()
    assert [(line["line"], line["outcome"]) for line in plan["lines"]] == [
        (2, "new_person"),
        (3, "new_person"),
    ]
    assert (plan["given"], plan["persons"], plan["unchanged"], plan["wrong"]) == (2, 2, 0, 0)
    assert plan["lines"][0]["last_day"] == "2026-12-31"
    other = await site.post("ada", "/api/admin/roster/import", sent | {"digest": "0" * 64})
    assert (other.status_code, other.json()["code"]) == (409, "version")
    done = await site.post("ada", "/api/admin/roster/import", sent | {"digest": plan["digest"]})
    assert done.json() == {"persons": 2, "given": 2}
    exported = await site.get("ada", "/api/admin/roster/export")
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert exported.headers["content-disposition"].startswith("attachment; filename=")
    assert '"\'=Zed"' in exported.content.decode("utf-8-sig")


async def test_a_file_to_correct_is_a_problem_with_its_lines(site: Site) -> None:
    sent = encoded("Zoé Roux", "Zoé Roux")
    plan = (await site.post("ada", "/api/admin/roster/preview", sent)).json()
    assert (plan["wrong"], plan["lines"][1]["outcome"]) == (1, None)
    answer = await site.post("ada", "/api/admin/roster/import", sent | {"digest": plan["digest"]})
    assert answer.status_code == 422
    [row] = answer.json()["rows"]
    assert (row["line"], row["column"], row["code"]) == (3, "debut", "duplicate")
    assert row["detail_fr"] == "En double (l. 2)."
    assert "Zoé Roux" not in [
        m["name"] for m in (await site.get("ada", "/api/admin/roster")).json()["members"]
    ]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ("", 422, "file_empty"),
        (b64encode(b"\0" * 9).decode(), 422, "file_encoding"),
        (b64encode(b"nom;role\nA;B").decode(), 422, "file_header"),
        (b64encode(b"x" * (FILE_MAX_BYTES + 1)).decode(), 422, "file_too_large"),
        ("not base64!", 422, None),
        ("A" * 2 * FILE_MAX_BYTES, 413, None),
    ],
)
async def test_what_is_no_roster_is_a_problem(
    site: Site, content: str, status: int, code: str | None
) -> None:
    answer = await site.post("ada", "/api/admin/roster/preview", {"content": content})
    assert answer.status_code == status
    rows = answer.json().get("rows", [])
    assert [row["code"] for row in rows][:1] == ([] if code is None else [code])
    assert all("column" in row for row in rows)


def test_every_fault_has_words_in_both_languages() -> None:
    faults: set[Fault] = {*RowFault, *FileFault}
    assert WORDS.keys() == faults
    assert all(french != english for french, english in WORDS.values())


def test_the_days_of_a_clash_are_written_as_each_language_does() -> None:
    said = row_error(RowError(3, Column.FROM, RowFault.DUPLICATE, "2026-10-29 → 2027-10-29"))
    assert said.detail_fr == "En double (29/10/2026 → 29/10/2027)."
    assert said.detail_en == "There twice (2026-10-29 → 2027-10-29)."
