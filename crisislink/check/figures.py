"""The check's figures for people and for machines."""

import os
import platform
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from crisislink.check.report import Percentiles, Report

_GOALS = {
    "first_picture_ms": 1_500.0,
    "message_ms": 100.0,
    "added_latency_ms": 60.0,
    "cut_ms": 100.0,
    "expiry_late_ms": 0.0,
}


def rows(reports: Sequence[Report]) -> dict[str, object]:
    """`{machine, rows: [{measure, subject, unit, n, p50, p95, p99, goal, met}]}` over the runs."""
    return {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "arch": platform.machine()},
        "rows": [
            _row("first_picture_ms", [r.first_picture_ms for r in reports]),
            _row("message_ms", [r.message_ms for r in reports]),
            _latency([r.added_latency_ms for r in reports]),
            _row("cut_ms", [r.cut_ms for r in reports]),
            _row("expiry_late_ms", [r.expiry_late_ms for r in reports]),
        ],
    }


def _row(measure: str, found: Sequence[float | None]) -> dict[str, object]:
    values = [v for v in found if v is not None]
    seen = Percentiles.of(values) if values else None
    return _as_row(measure, len(values), seen)


def _latency(found: Sequence[Percentiles | None]) -> dict[str, object]:
    """The runs' own percentiles, each by its median: frames of different runs are not mixed."""
    runs = [f for f in found if f is not None]
    middle = len(runs) // 2
    seen = (
        Percentiles(*(sorted(getattr(r, q) for r in runs)[middle] for q in ("p50", "p95", "p99")))
        if runs
        else None
    )
    return _as_row("added_latency_ms", len(runs), seen)


def _as_row(measure: str, n: int, seen: Percentiles | None) -> dict[str, object]:
    goal = _GOALS[measure]
    return {
        "measure": measure,
        "subject": "ours",
        "unit": "ms",
        "n": n,
        "p50": None if seen is None else seen.p50,
        "p95": None if seen is None else seen.p95,
        "p99": None if seen is None else seen.p99,
        "goal": goal,
        "met": seen is not None and seen.p50 <= goal,
    }


def table(measured: dict[str, object]) -> None:
    """Rows as a table."""
    shown = Table("measure", "n", "p50", "p95", "p99", "goal", "met")
    found = measured["rows"]
    assert isinstance(found, list)
    for row in found:
        names = ("measure", "n", "p50", "p95", "p99", "goal", "met")
        shown.add_row(*(str(row[name]) for name in names))
    Console().print(shown)


def show_report(report: Report) -> None:
    """One run as a table of steps and the figures under it."""
    shown = Table("step", "", "ms", "why")
    for step in report.steps:
        shown.add_row(step.name, "[green]✓[/]" if step.ok else "[red]✗[/]", f"{step.ms:.0f}", step.why or "")
    console = Console()
    console.print(shown)
    figures = report.as_dict()
    del figures["steps"]
    for name, value in figures.items():
        console.print(f"{name:18} {value}")
