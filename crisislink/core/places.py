"""Finding a place by its name: accents, case, hyphens and small typos do not matter.

Matching is by words: each word of the query must be found in the name, as a prefix or within one edit for
every four letters (Damerau-Levenshtein, optimal string alignment). "Bertand de Born" finds "Rue Bertrand de
Born"; "st julien" finds "Place Saint-Julien". Who calls for help says "rue" of an alley: a wrong kind of
street ranks lower and is no obstacle.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from crisislink.core.geo import Position

_ABBREVIATIONS = {
    "st": "saint",
    "ste": "sainte",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "pl": "place",
    "r": "rue",
    "rte": "route",
    "ch": "chemin",
    "che": "chemin",
    "all": "allee",
    "allees": "allee",
}
_NAMES_MAX = 32_768  # a large city's cameras and streets: each name is taken apart once
_KINDS = frozenset(_ABBREVIATIONS.values()) - {"saint", "sainte"} | {"cheminement", "impasse", "quai", "pont"}
_FILLERS = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "a", "au", "aux", "et"})
_OTHER_KIND = 0.8


_Cost = Callable[[str, str, bool], float | None]


class PlaceKind(StrEnum):
    """What a name names."""

    QUARTER = "quarter"
    STREET = "street"
    LANDMARK = "landmark"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named point; `precision_m` is how far the real thing may be from it."""

    name: str
    kind: PlaceKind
    position: Position
    precision_m: int
    quarter: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All places there are: what is not among them is found no more."""

    places: tuple[Place, ...]


@lru_cache(maxsize=_NAMES_MAX)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents, abbreviations spelled out, fillers left out."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    found = (_ABBREVIATIONS.get(w, w) for w in re.findall(r"[a-z0-9]+", plain))
    return tuple(w for w in found if w not in _FILLERS)


def find(query: str, places: Iterable[Place], *, limit: int) -> list[Place]:
    """The places whose names hold every word of the query, best first."""
    asked = words(query)
    if not asked:
        return []
    cost = cache(_word_cost)  # the same words stand in many names
    scored = [
        (s, p) for p in places if (s := _score(asked, words(f"{p.name} {p.quarter}"), cost)) is not None
    ]
    scored.sort(key=lambda sp: (sp[0], len(sp[1].name), sp[1].name))
    return [p for _, p in scored[:limit]]


def _score(asked: tuple[str, ...], name: tuple[str, ...], cost: _Cost) -> float | None:
    total = 0.0
    for i, word in enumerate(asked):
        costs = [c for n in name if (c := cost(word, n, i == len(asked) - 1)) is not None]
        if costs:
            total += min(costs)
        elif word in _KINDS and len(asked) > 1:
            total += _OTHER_KIND
        else:
            return None
    return total / len(asked) + 0.01 * len(name)


def _word_cost(asked: str, name: str, last: bool) -> float | None:  # noqa: FBT001 - cached by position
    if asked == name:
        return 0.0
    if name.startswith(asked) and (last or len(asked) >= 3):
        return 0.2
    allowed = len(asked) // 4
    if allowed == 0:
        return None
    whole = edits(asked, name, at_most=allowed)
    if whole is None and last and len(name) > len(asked):
        whole = edits(asked, name[: len(asked)], at_most=allowed)
    return None if whole is None else 0.4 + 0.3 * whole


def edits(a: str, b: str, *, at_most: int) -> int | None:
    """Optimal string alignment distance, or None when it is above `at_most`."""
    if abs(len(a) - len(b)) > at_most:
        return None
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        oldest, before, row = before, row, [i]
        for j, cb in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (ca != cb))
            if i > 1 and j > 1 and ca == b[j - 2] and a[i - 2] == cb:
                cost = min(cost, oldest[j - 2] + 1)
            row.append(cost)
        if min(row) > at_most:
            return None
    return row[-1] if row[-1] <= at_most else None
