"""Rows: what was measured, of whom, and whether the goal was met. Pure.

A row's JSON is `{measure, subject, unit, n, p50, p95, p99, goal, met}`; `goals` (each quantile's bound),
`blocks` (the median of each block: the spread) and `note` come with some, `store` and `cameras` (how many the
city has) where they matter. `goal` and `met` are null where nothing was promised.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Subject = Literal["ours", "ffmpeg", "go2rtc"]
Quantile = Literal["p50", "p95", "p99"]
_SHARE: Mapping[Quantile, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Nearest rank, rounded to three digits after the point."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Percentiles":
        """Of at least one value.

        Raises:
            ValueError: there is none.
        """
        if not values:
            raise ValueError("nothing was measured")
        ordered = sorted(values)
        last = len(ordered) - 1
        p50, p95, p99 = (ordered[min(last, int(len(ordered) * share))] for share in _SHARE.values())
        return cls(round(p50, 3), round(p95, 3), round(p99, 3))


@dataclass(frozen=True, slots=True)
class Goal:
    """What was promised: a bound for one or more quantiles. The last named is the one shown as `goal`."""

    bounds: Mapping[Quantile, float]
    at_least: bool = False

    def met(self, seen: Percentiles) -> bool:
        """Whether every bound holds."""
        return all(self._holds(getattr(seen, name), bound) for name, bound in self.bounds.items())

    def _holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.at_least else value <= bound

    @property
    def shown(self) -> float:
        """The one number of the row."""
        return round(tuple(self.bounds.values())[-1], 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `blocks`: medians of the blocks in the order they were run. `store`, `cameras`:
    the database and the size of the inventory, where the measure depends on them."""

    measure: str
    subject: Subject
    unit: str
    n: int
    seen: Percentiles
    goal: Goal | None = None
    blocks: tuple[float, ...] = field(default=())
    note: str = ""
    store: str = ""
    cameras: int | None = None

    @property
    def met(self) -> bool | None:
        """None: nothing was promised."""
        return None if self.goal is None else self.goal.met(self.seen)

    def as_dict(self) -> dict[str, object]:
        """The JSON value."""
        row: dict[str, object] = {
            "measure": self.measure,
            "subject": self.subject,
            "unit": self.unit,
            "n": self.n,
            "p50": self.seen.p50,
            "p95": self.seen.p95,
            "p99": self.seen.p99,
            "goal": None if self.goal is None else self.goal.shown,
            "met": self.met,
        }
        if self.goal is not None and len(self.goal.bounds) > 1:
            row["goals"] = dict(self.goal.bounds)
        if self.blocks:
            row["blocks"] = list(self.blocks)
        if self.note:
            row["note"] = self.note
        if self.store:
            row["store"] = self.store
        if self.cameras is not None:
            row["cameras"] = self.cameras
        return row


def row(
    measure: str,
    blocks: Sequence[Sequence[float]],
    *,
    unit: str,
    subject: Subject = "ours",
    goal: Goal | None = None,
    note: str = "",
) -> Row:
    """The row over all values of all blocks.

    Raises:
        ValueError: nothing was measured.
    """
    values = [value for block in blocks for value in block]
    medians = tuple(Percentiles.of(block).p50 for block in blocks if block)
    return Row(
        measure=measure,
        subject=subject,
        unit=unit,
        n=len(values),
        seen=Percentiles.of(values),
        goal=goal,
        blocks=medians if len(medians) > 1 else (),
        note=note,
    )


def quotient(measure: str, ours: Row, theirs: Row, goal: Goal | None = None) -> Row:
    """Ours over theirs, quantile by quantile."""
    return _compared(measure, ours, theirs, goal, unit="ratio", of=lambda a, b: a / b if b else 0.0)


def difference(measure: str, with_it: Row, without: Row, goal: Goal | None = None) -> Row:
    """With minus without, quantile by quantile."""
    return _compared(measure, with_it, without, goal, unit=with_it.unit, of=lambda a, b: a - b)


def _compared(
    measure: str, one: Row, other: Row, goal: Goal | None, *, unit: str, of: Callable[[float, float], float]
) -> Row:
    pairs = ((getattr(one.seen, q), getattr(other.seen, q)) for q in _SHARE)
    seen = Percentiles(*(round(of(a, b), 3) for a, b in pairs))
    return Row(measure=measure, subject=one.subject, unit=unit, n=min(one.n, other.n), seen=seen, goal=goal)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the least-squares line through (x, y).

    Raises:
        ValueError: fewer than two different x.
    """
    n = len(points)
    mean_x, mean_y = (sum(p[axis] for p in points) / n if n else 0.0 for axis in (0, 1))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        raise ValueError("a line needs two points")
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
