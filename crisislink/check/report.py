"""What came out: steps, figures, and whether every one of them held."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields

CUT_MAX_MS = 500.0  # the worst the design promises while everything is healthy; the aim is 100


class Failed(AssertionError):
    """A step did not hold; the message says what was seen."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of milliseconds, nearest rank."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Percentiles":
        """Of at least one value."""
        ordered = sorted(values)
        rank = [ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.95, 0.99)]
        return cls(*(round(v, 1) for v in rank))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story."""

    name: str
    ok: bool
    ms: float
    why: str | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """The keys are the command's JSON. Times in milliseconds; None was not reached."""

    first_picture_ms: float | None = None
    message_ms: float | None = None
    frames: int = 0
    added_latency_ms: Percentiles | None = None
    cut_ms: float | None = None
    expiry_late_ms: float | None = None
    audio_tracks: int | None = None
    mask_ok: bool | None = None
    watermark_ok: bool | None = None
    register: dict[str, int | bool] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    watched: Callable[[str], None] = field(default=lambda _: None, repr=False)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; its failure is noted and goes on up."""
        self.watched(name)
        start = time.perf_counter()
        why: str | None = None
        try:
            yield
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise
        finally:
            ms = round((time.perf_counter() - start) * 1000, 1)
            self.steps.append(Step(name, why is None, ms, why))

    @property
    def held(self) -> bool:
        """Whether every step held and every promise was measured and kept."""
        return (
            bool(self.steps)
            and all(step.ok for step in self.steps)
            and self.mask_ok is True
            and self.watermark_ok is True
            and self.audio_tracks == 0
            and self.register.get("verified") is True
            and self.expiry_late_ms is not None
            and self.expiry_late_ms <= 0
            and self.cut_ms is not None
            and self.cut_ms <= CUT_MAX_MS
        )

    def as_dict(self) -> dict[str, object]:
        """The JSON value."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name != "watched"}


def _plain(value: object) -> object:
    if isinstance(value, Percentiles):
        return asdict(value)
    if isinstance(value, list):
        return [asdict(step) for step in value]
    return value
