"""`python -m crisislink.faults`: run faults, end with a table, and with 1 when a promise was broken."""

import asyncio
import json
import signal
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from crisislink.faults.catalogue import FAULTS, SHORT
from crisislink.faults.checker import Violation
from crisislink.faults.fault import Fault
from crisislink.faults.history import History
from crisislink.faults.rig import Rig, running
from crisislink.faults.run import Run, Verdict

_ERR = Console(stderr=True)
_START_S, _PATIENCE_S = 180.0, 90.0


class _Stage:
    """One installation at a time: the same for the next fault where the last one left it whole."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._rig: Rig | None = None
        self._embedded = False

    async def verdict(self, fault: Fault) -> Verdict:
        """Of one run. One that could not be played is a violation too: nobody knows what it would show."""
        try:
            async with asyncio.timeout(_START_S):
                rig = await self._started(embedded=fault.embedded)
            async with asyncio.timeout(_PATIENCE_S):
                verdict = await Run(rig, fault).verdict()
        except Exception as error:  # noqa: BLE001 - whatever it was
            _ERR.print(traceback.format_exc(), markup=False)
            broken = Violation("run", f"could not be played: {error!r}")
            verdict = Verdict(fault.name, [broken], None, 0.0, 0, 0.0, History())
        if verdict.violations or not fault.whole:
            await self.clear()
        return verdict

    async def _started(self, *, embedded: bool) -> Rig:
        if self._rig is None or self._embedded != embedded:
            await self.clear()
            self._embedded = embedded
            self._rig = await self._stack.enter_async_context(running(embedded=embedded))
        return self._rig

    async def clear(self) -> None:
        """End what runs."""
        stack, self._stack, self._rig = self._stack, AsyncExitStack(), None
        await stack.aclose()


async def _played(
    wanted: Sequence[Fault], rounds: int, total: int | None, kept: Path | None
) -> list[Verdict]:
    """Rounds of all of them; or `total` runs, in rounds as well. `kept`: all so far, as JSON."""
    order = [fault for _ in range(rounds) for fault in wanted]
    if total is not None:
        order = [wanted[n % len(wanted)] for n in range(total)]
    verdicts, stage = [], _Stage()
    try:
        for number, fault in enumerate(order, 1):
            verdict = await stage.verdict(fault)
            verdicts.append(verdict)
            _tell(verdict, f"{number}/{len(order)}")
            _keep(verdicts, kept)
    finally:
        await stage.clear()
    return verdicts


def _keep(verdicts: Sequence[Verdict], kept: Path | None) -> None:
    if kept is not None:
        kept.write_text(json.dumps(_rows(verdicts)) + "\n")


def _tell(verdict: Verdict, where: str) -> None:
    mark = "[red]✗[/]" if verdict.violations else "[green]●[/]"
    _ERR.print(
        f"{mark} {where} {verdict.fault}: {verdict.pictures} pictures, "
        f"dark after {_seconds(verdict.dark_delay_s)} s, light lost {verdict.lost_light_s:.2f} s, "
        f"took {verdict.took_s:.1f} s"
    )
    for violation in verdict.violations[:10]:
        _ERR.print(f"    {violation.invariant}: {violation.what}", style="red", markup=False)
    if verdict.violations:
        kept = Path(tempfile.mkdtemp(prefix="crisislink-broken-")) / "history.jsonl"
        verdict.history.write(kept)
        _ERR.print(f"    {kept}", markup=False)


def _seconds(time_s: float | None) -> str:
    """A dash where no picture came after any order: that is no delay of nothing."""
    return "–" if time_s is None else f"{time_s:.2f}"


def _table(verdicts: Sequence[Verdict]) -> Table:
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
                _seconds(max((v.dark_delay_s for v in runs if v.dark_delay_s is not None), default=None)),
                f"{max(v.lost_light_s for v in runs):.2f}",
                str(sum(len(v.violations) for v in runs)),
            )
    return table


def _rows(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    return [
        {
            "fault": v.fault,
            "dark_delay_s": None if v.dark_delay_s is None else round(v.dark_delay_s, 3),
            "lost_light_s": round(v.lost_light_s, 3),
            "took_s": round(v.took_s, 1),
            "pictures": v.pictures,
            "violations": [f"{x.invariant}: {x.what}" for x in v.violations],
        }
        for v in verdicts
    ]


def _possible(only: str | None, *, short: bool) -> tuple[list[Fault], list[str]]:
    """Those that were asked for and this machine can make; the others, and why it cannot."""
    found, left_out = [], []
    for fault in FAULTS:
        if (short and fault.name not in SHORT) or (only is not None and only not in fault.name):
            continue
        if (why := fault.needs()) is not None:
            left_out.append(f"left out: {fault.name} ({why})")
        else:
            found.append(fault)
    return found, left_out


def main(
    *,
    runs: Annotated[int, typer.Option(min=1, help="How many rounds of all faults.")] = 1,
    total: Annotated[int | None, typer.Option(min=1, help="How many runs in all, instead.")] = None,
    only: Annotated[str | None, typer.Option(help="Faults whose name holds this.")] = None,
    short: Annotated[bool, typer.Option("--short", help="Two of them.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 where one was left out.")] = False,
    as_json: Annotated[Path | None, typer.Option("--json", help="JSON to this file.")] = None,
) -> None:
    """Break what can break while people watch, and decide whether a promise was broken."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # in order, also where a shell had it ignored
        signal.signal(ending, signal.default_int_handler)
    wanted, left_out = _possible(only, short=short)
    verdicts = asyncio.run(_played(wanted, runs, total, as_json)) if wanted else []
    Console().print(_table(verdicts))
    for line in left_out:
        Console().print(line, markup=False)
    broken = not verdicts or any(v.violations for v in verdicts) or (strict and left_out)
    raise typer.Exit(1 if broken else 0)


if __name__ == "__main__":
    typer.run(main)
