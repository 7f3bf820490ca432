"""A tired person's spelling finds the street."""

import pytest

from crisislink.core.geo import Position
from crisislink.core.places import Names, Place, PlaceKind


def place(name: str, quarter: str = "Centre") -> Place:
    return Place(
        name=name, kind=PlaceKind.STREET, position=Position(43.6, 1.44), precision_m=50, quarter=quarter
    )


KNOWN = [
    place("Rue Bertrand de Born", "Matabiau"),
    place("Place du Capitole"),
    place("Boulevard de Strasbourg"),
    place("Allées Jean-Jaurès"),
    place("Rue Saint-Rome"),
    place("Quai de Tounis", "Île de Tounis"),
]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("bertrand", "Rue Bertrand de Born"),
        ("Bertand de Born", "Rue Bertrand de Born"),
        ("capitol", "Place du Capitole"),
        ("bd strasbourg", "Boulevard de Strasbourg"),
        ("jean jaures", "Allées Jean-Jaurès"),
        ("r. st rome", "Rue Saint-Rome"),
        ("matabiau", "Rue Bertrand de Born"),
        ("ile de tounis", "Quai de Tounis"),
        ("rue du capitole", "Place du Capitole"),
        ("avenue bertrand de born", "Rue Bertrand de Born"),
    ],
)
def test_found_first(typed: str, name: str) -> None:
    assert Names(KNOWN).find(typed, limit=3)[0].name == name


@pytest.mark.parametrize("typed", ["", "   ", "xyzzy", "de la", "%", "capitole bruxelles", "rue bruxelles"])
def test_nothing_found_is_an_empty_list(typed: str) -> None:
    assert Names(KNOWN).find(typed, limit=3) == []
