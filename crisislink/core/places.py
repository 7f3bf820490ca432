"""Finding a place by its name: accents, case, hyphens and small typos do not matter.

Matching is by words: each word of the query must be found in the name, as a prefix or within one edit for
every four letters (Damerau-Levenshtein, optimal string alignment). "Bertand de Born" finds "Rue Bertrand de
Born"; "st julien" finds "Place Saint-Julien". Who calls for help says "rue" of an alley: a wrong kind of
street ranks lower and is no obstacle.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from itertools import accumulate
from math import inf
from operator import or_

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
_KINDS = frozenset(_ABBREVIATIONS.values()) - {"saint", "sainte"} | {"cheminement", "impasse", "quai", "pont"}
_FILLERS = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "a", "au", "aux", "et"})
_OTHER_KIND = 0.8


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


def words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents, abbreviations spelled out, fillers left out."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    found = (_ABBREVIATIONS.get(w, w) for w in re.findall(r"[a-z0-9]+", plain))
    return tuple(w for w in found if w not in _FILLERS)


class Names:
    """Places to be found by name. Made once for all queries: each name is taken apart here.

    15,000 names have some thousands of different words: a query is compared with these, not with the names.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = tuple(places)
        self._lengths: list[int] = []
        self._words: dict[str, _Word] = {}
        for at, place in enumerate(self._places):
            name = words(f"{place.name} {place.quarter}")
            self._lengths.append(len(name))
            for word in set(name):
                known = self._words.get(word) or self._words.setdefault(word, _Word(_letters(word), []))
                known.places.append(at)

    def find(self, query: str, *, limit: int) -> list[Place]:
        """The places whose names hold every word of the query, best first."""
        asked = words(query)
        if not asked:
            return []
        costs = [self._costs(word, last=word_no == len(asked)) for word_no, word in enumerate(asked, 1)]
        spare = [word in _KINDS and len(asked) > 1 for word in asked]
        needed = [cost.keys() for cost, may_differ in zip(costs, spare, strict=True) if not may_differ]
        among = set.intersection(*map(set, needed)) if needed else range(len(self._places))

        def rank(at: int) -> tuple[float, int, str, int]:
            total = sum(cost.get(at, _OTHER_KIND) for cost in costs)
            name = self._places[at].name
            return total / len(asked) + 0.01 * self._lengths[at], len(name), name, at

        return [self._places[at] for at in nsmallest(limit, among, key=rank)]

    def _costs(self, asked: str, *, last: bool) -> dict[int, float]:
        """By place, the cost of the word of its name that is nearest."""
        found: dict[int, float] = {}
        length, letters = len(asked), _letters(asked)[-1]
        differ_most = 2 * (length // 4)  # one edit brings at most one letter and takes one away
        for word, known in self._words.items():
            whole, begin = known.letters[-1], known.letters[min(length, len(word)) - 1]
            differ = min((whole ^ letters).bit_count(), (begin ^ letters).bit_count())
            if differ <= differ_most and (cost := _word_cost(asked, word, last=last)) is not None:
                for at in known.places:
                    if cost < found.get(at, inf):
                        found[at] = cost
        return found


@dataclass(frozen=True, slots=True)
class _Word:
    """`letters`: after each of its letters, which ones it had, as bits. `places`: whose names have it."""

    letters: tuple[int, ...]
    places: list[int]


def _letters(word: str) -> tuple[int, ...]:
    return tuple(accumulate((1 << int(letter, 36) for letter in word), or_))


def _word_cost(asked: str, name: str, *, last: bool) -> float | None:
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
