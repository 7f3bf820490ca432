"""`python -m crisislink.faults`: run faults, end with a table, and with 1 when a promise was broken."""

import asyncio
import json
import sys
from collections import defaultdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from crisislink.faults.rig import running
from crisislink.faults.run import FAULTS, SHORT, Run, Verdict

_ERR = Console(stderr=True)


async def _played(rounds: int, only: str | None, *, short: bool) -> list[Verdict]:
    wanted = [f for f in FAULTS if (not short or f.name in SHORT) and (only is None or only in f.name)]
    verdicts = []
    for turn in range(rounds):
        async with running() as rig:
            for fault in wanted:
                verdict = await Run(rig, fault).verdict()
                verdicts.append(verdict)
                mark = "[green]●[/]" if not verdict.violations else "[red]✗[/]"
                _ERR.print(
                    f"{mark} {turn + 1}/{rounds} {fault.name}: {verdict.pictures} pictures, "
                    f"dark after {verdict.dark_delay_s:.2f} s, light lost {verdict.lost_light_s:.2f} s"
                )
                for violation in verdict.violations[:10]:
                    _ERR.print(f"    [red]{violation.invariant}[/] {violation.what}")
    return verdicts


def _table(verdicts: list[Verdict]) -> Table:
    by_fault: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_fault[verdict.fault].append(verdict)
    table = Table("fault", "required", "runs", "worst dark delay s", "worst light lost s", "violations")
    for fault in FAULTS:
        if runs := by_fault.get(fault.name):
            table.add_row(
                fault.name,
                fault.required,
                str(len(runs)),
                f"{max(v.dark_delay_s for v in runs):.2f}",
                f"{max(v.lost_light_s for v in runs):.2f}",
                str(sum(len(v.violations) for v in runs)),
            )
    return table


def main(
    *,
    runs: Annotated[int, typer.Option(min=1, help="How many times each fault.")] = 1,
    only: Annotated[str | None, typer.Option(help="Faults whose name holds this.")] = None,
    short: Annotated[bool, typer.Option("--short", help="Three of them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON to standard output.")] = False,
) -> None:
    """Break what can break while people watch, and decide whether a promise was broken."""
    verdicts = asyncio.run(_played(runs, only, short=short))
    Console(stderr=as_json).print(_table(verdicts))
    if as_json:
        rows = [
            {
                "fault": v.fault,
                "dark_delay_s": round(v.dark_delay_s, 3),
                "lost_light_s": round(v.lost_light_s, 3),
                "pictures": v.pictures,
                "violations": [f"{x.invariant}: {x.what}" for x in v.violations],
            }
            for v in verdicts
        ]
        sys.stdout.write(json.dumps(rows) + "\n")
    raise typer.Exit(1 if any(v.violations for v in verdicts) else 0)


if __name__ == "__main__":
    typer.run(main)
