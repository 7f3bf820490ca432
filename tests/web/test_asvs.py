"""docs/asvs.md names every item we set out to show, and tests that exist."""

import re
from pathlib import Path

import pytest

from crisislink.web import pace

ROOT = Path(__file__).parents[2]
ITEMS = (
    "1.2.10 1.3.6 2.3.1 2.3.3 2.3.5 2.4.1 3.3.2 3.3.3 3.4.1 3.4.3 3.4.6 3.4.8 3.5.1 3.5.5 3.5.8 4.1.3 "
    "4.4.2 4.4.4 5.2.3 7.2.4 7.3.1 7.3.2 7.4.5 7.5.3 7.6.1 8.2.2 8.3.2 8.3.3 8.4.1 9.1.2 9.2.2 10.2.2 "
    "10.3.5 10.5.3 10.5.5 13.2.4 13.3.1 15.2.5 15.4.2 16.2.5 16.5.3"
)
TABLE = (ROOT / "docs" / "asvs.md").read_text()
ROWS = re.findall(
    r"^\| ([\d.]+) \| [^|]+ \| ([^|]+) \|$", (ROOT / "docs" / "asvs.md").read_text(), re.MULTILINE
)


def test_every_item_has_its_row() -> None:
    assert " ".join(item for item, _ in ROWS) == ITEMS


@pytest.mark.parametrize(("item", "shown"), ROWS, ids=[item for item, _ in ROWS])
def test_what_is_said_to_show_it_exists(item: str, shown: str) -> None:
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", shown)
    assert named or shown.startswith("not "), f"{item}: neither a test nor a reason"
    for file, test in named:
        source = (ROOT / "tests" / file).read_text()
        found = re.search(rf"^(?:async def|def|class) {test}\b|^{test} = ", source, re.MULTILINE)
        assert not test or found, f"{item}: no {test} in {file}"


def test_the_threat_model_tells_the_limits_that_hold() -> None:
    told = (ROOT / "docs" / "threat-model.md").read_text()
    for its in pace.PACES:
        assert f"{its.limit:,}" in told, its
