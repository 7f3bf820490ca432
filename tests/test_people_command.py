"""`crisislink people`: who runs the service makes organisations known, and their first administrators."""

from pathlib import Path

import pytest
from typer.testing import Result

from tests.installation import file, installed, run

HEADER = "nom;identifiant;role;designe_par;acte;debut;fin\n"
LINE = "J. Pujol;p:1;administrateur;le maire;arrêté 1;01/01/2026;31/12/2099\n"
WHOSE = ["--organisation", "org_ville", "--provider", "ville"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return installed(tmp_path)


def people(folder: Path, *words: str, told: str | None = None) -> Result:
    return run(folder, "people", *words, told=told)


def test_an_organisation_and_its_first_administrator(folder: Path) -> None:
    named = ("--name", "Ville", "--short-name", "CIC", "--side", "city", "--phone", "05 36 49 17 31")
    assert people(folder, "import", file(folder, HEADER + LINE), *WHOSE).exit_code == 1, "no organisation yet"
    assert people(folder, "organisation", "org_ville", *named).exit_code == 0
    other_side = [word.replace("city", "hospital") for word in named]
    assert people(folder, "organisation", "org_ville", *other_side).exit_code == 1

    shown = people(folder, "import", file(folder, HEADER + LINE), *WHOSE, "--dry-run")
    assert (shown.exit_code, "J. Pujol" in shown.stdout) == (0, True)
    digest = shown.stdout.split()[-1]
    refused = people(folder, "import", file(folder, HEADER + LINE), *WHOSE, told="n\n")
    assert refused.exit_code == 1
    assert "J. Pujol" not in people(folder, "export", *WHOSE[:2]).stdout, "nothing was written"

    wrong = people(folder, "import", file(folder, HEADER + LINE.replace("2099", "2025")), *WHOSE)
    assert wrong.exit_code == 1
    assert "précède" in wrong.output
    other = people(folder, "import", file(folder, HEADER + LINE), *WHOSE, "--confirm", "0" * 64)
    assert other.exit_code == 1
    done = people(folder, "import", file(folder, HEADER + LINE), *WHOSE, "--confirm", digest)
    assert (done.exit_code, "habilitations: 1" in done.stdout) == (0, True)
    assert '"J. Pujol";"";"p:1";"administrateur"' in people(folder, "export", *WHOSE[:2]).stdout
    assert people(folder, "import", file(folder, "rien"), *WHOSE).exit_code == 1
