"""`crisislink places`: a city's own streets are found by name, and a file comes in whole or not at all."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import Result

from crisislink.config import load
from crisislink.core.places import Names, Place
from crisislink.wiring import opened
from tests.installation import file, installed, run

HEADER = "Nom;Type;Quartier;Latitude;Longitude;Precision_m\n"
BORN = "Rue Bertrand de Born;;Matabiau;43,61041;1,45287;50\n"
SQUARE = "Place Saint-Julien;rue;;43.6;1.44;\n"
QUARTER = "Matabiau;quartier;;43.6111;1.4532;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return installed(tmp_path)


def imported(folder: Path, text: str, *words: str, told: str | None = None) -> Result:
    return run(folder, "places", "import", file(folder, text), *words, told=told)


def stored(folder: Path) -> tuple[list[Place], list[dict[str, object]]]:
    async def look() -> tuple[list[Place], list[dict[str, object]]]:
        async with opened(load(folder / "crisislink.toml")) as ports, ports.store.read() as work:
            entries = [json.loads(entry.body) for entry in await work.entries(after=0, limit=100)]
            return list(await work.places()), [e for e in entries if e["kind"] == "inventory.loaded"]

    return asyncio.run(look())


def test_a_city_loads_its_streets_and_finds_them_with_one_entry_in_the_register(folder: Path) -> None:
    shown = imported(folder, HEADER + BORN + SQUARE + QUARTER, "--dry-run")
    assert (shown.exit_code, "new: 3" in shown.stdout) == (0, True)
    assert "latitude 43.6000 … 43.6111, longitude 1.4400 … 1.4532" in shown.stdout
    assert imported(folder, HEADER + BORN + SQUARE + QUARTER, told="n\n").exit_code == 1
    assert stored(folder) == ([], []), "nothing was written"

    digest = shown.stdout.split()[-1]
    assert imported(folder, HEADER + BORN, "--confirm", digest).exit_code == 1, "not what was previewed"
    assert imported(folder, HEADER + BORN + SQUARE + QUARTER, "--confirm", digest).exit_code == 0
    known, loaded = stored(folder)
    assert [(e["what"], e["rows"], e["sha256"]) for e in loaded] == [("places", 3, digest)]
    [found] = Names(known).find("bertran de born", limit=9)
    assert (found.position.lat_deg, found.position.lon_deg, found.precision_m) == (43.61041, 1.45287, 50)
    assert Names(known).find("st julien", limit=9)[0].precision_m == 150


def test_the_next_file_is_the_whole_gazetteer_and_the_same_one_writes_nothing(folder: Path) -> None:
    assert imported(folder, HEADER + BORN + SQUARE, told="y\n").exit_code == 0
    again = imported(folder, HEADER + SQUARE + BORN, told="y\n")
    assert (again.exit_code, "same: 2" in again.stdout, len(stored(folder)[1])) == (0, True, 1)
    moved = imported(folder, HEADER + BORN.replace("50", "80") + QUARTER, told="y\n")
    assert "new: 1, changés / changed: 1, retirés / gone: 1" in moved.stdout
    known, loaded = stored(folder)
    assert {(place.name, place.precision_m) for place in known} == {
        ("Rue Bertrand de Born", 80),
        ("Matabiau", 400),
    }
    assert len(loaded) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 : Le fichier ne contient aucune ligne"),
        (HEADER, "1 : Le fichier ne contient aucune ligne"),
        ("Nom;Latitude\nA;43\n", "1 · longitude : Colonne absente"),
        (HEADER + BORN + ";;;43;1;\n", "3 · nom : À remplir"),
        (HEADER + BORN + "A;;;;1;\n", "3 · latitude : À remplir"),
        (HEADER + "A;;;574000;6279000;\n", "2 · latitude : Écrivez des degrés"),
        (HEADER + "A;;;nan;1;\n", "2 · latitude : Écrivez des degrés"),
        (HEADER + "A;;;43;181;\n", "2 · longitude : Écrivez des degrés"),
        (HEADER + "A;caméra;;43;1;\n", "2 · type : Écrivez rue, quartier ou lieu"),
        (HEADER + "A;;;43;1;0\n", "2 · precision_m : Écrivez des mètres"),
        (HEADER + "A;;;43;1;20;9\n", "2 : Plus de cellules que de colonnes"),
        (HEADER + "A\x07;;;43;1;\n", "2 · nom : Contient des caractères invisibles"),
        (HEADER + "A" * 121 + ";;;43;1;\n", "2 · nom : 120 caractères au plus"),
        (HEADER + BORN + "\n" + BORN, "4 · nom : Ce nom est déjà, dans ce quartier, à la ligne 2"),
        (HEADER + "".join(f"R{n};;;43;1;\n" for n in range(10_001)), "10002 : 10000 lieux au plus"),
    ],
)
def test_what_cannot_be_loaded_is_said_by_line_and_writes_nothing(
    folder: Path, text: str, words: str
) -> None:
    result = imported(folder, text, told="y\n")
    assert (result.exit_code, words in result.output) == (1, True), result.output
    assert not (folder / "data").exists(), "nothing was opened"


def test_all_that_is_wrong_is_told_at_once_but_not_without_end(folder: Path) -> None:
    result = imported(folder, HEADER + "A;;;x;1;\n" * 100)
    assert result.output.count("✗") == 40
    assert "100 lignes à corriger" in result.output
