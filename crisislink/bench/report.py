"""What a run says: JSON for machines, a table for people."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from crisislink.bench.machine import absent
from crisislink.bench.measure import Row

_NAMES = ("measure", "subject", "unit", "n", "p50", "p95", "p99", "goal")
_MET = {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}


def document(machine: dict[str, object], rows: Sequence[Row], **more: object) -> dict[str, object]:
    """`{machine, rows, absent, …}`."""
    return {"machine": machine, "rows": [row.as_dict() for row in rows], "absent": absent(), **more}


def written(measured: dict[str, object], out: Path | None) -> str:
    """The JSON, also written to `out` where that is given."""
    text = json.dumps(measured, ensure_ascii=False)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    return text


def line(row: Row) -> str:
    """A row for a person who waits."""
    goal = "" if row.goal is None else f"  goal {row.goal.shown:g} {'✓' if row.met else '✗'}"
    seen = row.seen
    figures = f"{seen.p50:10.2f} {seen.p95:10.2f} {seen.p99:10.2f} {row.unit}"
    return f"{row.measure:36} {row.subject:7} {figures}{goal}"


def show(measured: dict[str, Any]) -> None:
    """The rows as a table."""
    shown = Table(*_NAMES, "met", box=None)
    for column in shown.columns:
        column.no_wrap = True
    for row in measured["rows"]:
        shown.add_row(*("" if row[n] is None else str(row[n]) for n in _NAMES), _MET[row["met"]])
    console = Console()
    console.print(shown)
    if measured["absent"]:
        console.print(f"absent : {', '.join(measured['absent'])}")
