"""The commands: `crisislink bench media | control | soak | story | chart`.

Progress to stderr, results to stdout.

What they need is loaded when they run: this module is imported by every other command.
"""

import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from crisislink.bench.measure import Row
    from crisislink.bench.processes import Cores
    from crisislink.bench.soak import Sample

app = typer.Typer(
    no_args_is_help=True,
    help="Measure: the picture beside its peers, commands under load, a soak, the story.",
)
AsJson = Annotated[bool, typer.Option("--json", help="JSON to standard output.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write the JSON there too.")]
Work = Callable[["Cores"], Coroutine[Any, Any, dict[str, object]]]


@app.command()
def media(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Five minutes instead of fifteen.")] = False,
    only: Annotated[list[str], typer.Option("--only", help="A part of the plan. Repeatable.")] = [],  # noqa: B006
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """The picture beside its peers: latency, first picture, CPU, fan-out, cut, faults."""
    from rich.console import Console  # noqa: PLC0415

    from crisislink.bench.machine import described  # noqa: PLC0415
    from crisislink.bench.report import document, line  # noqa: PLC0415
    from crisislink.bench.run import FULL, PLAN, QUICK, measured  # noqa: PLC0415

    if unknown := set(only) - set(PLAN):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}; one of {', '.join(PLAN)}")
    console = Console(stderr=True)

    async def work(cores: "Cores") -> dict[str, object]:
        machine = described(cores)
        with console.status("CrisisLink…") as status:

            def told(name: str, found: "list[Row]") -> None:
                for row in found:
                    console.print(line(row), highlight=False, soft_wrap=True)
                status.update(f"{name} ✓")

            rows, failed = await measured(cores, QUICK if quick else FULL, only, told)
        for name, why in failed.items():
            console.print(f"✗ {name}: {why}", style="red", soft_wrap=True, highlight=False)
        return document(machine, rows, quick=quick, failed=failed)

    with _only_one():
        _finish(_measured(work), as_json=as_json, out=out)


@app.command()
def control(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Three minutes instead of ten.")] = False,
    store: Annotated[str, typer.Option("--store", help="sqlite, postgresql or both.")] = "both",
    cameras: Annotated[list[int], typer.Option("--cameras", help="The city's size. Repeatable.")] = [],  # noqa: B006
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Commands, cuts, events and ends on time, while hundreds of grants live."""
    from rich.console import Console  # noqa: PLC0415

    from crisislink.bench.control import CITIES, FULL, QUICK, STORES, measured  # noqa: PLC0415
    from crisislink.bench.machine import described  # noqa: PLC0415
    from crisislink.bench.report import document, line  # noqa: PLC0415

    stores = [one for one in STORES if store in {one, "both"}]
    if not stores:
        raise typer.BadParameter(f"{store}; one of {', '.join(STORES)}, both")
    console = Console(stderr=True)

    async def work(cores: "Cores") -> dict[str, object]:
        machine = described(cores)
        with console.status("CrisisLink…") as status:

            def told(name: str, found: "list[Row]") -> None:
                status.update(name)
                for row in found:
                    console.print(f"{name:25} {line(row)}", highlight=False, soft_wrap=True)

            load = QUICK if quick else FULL
            rows, failed = await measured(cores, load, stores, cameras or CITIES, told)
        for name, why in failed.items():
            console.print(f"✗ {name}: {why}", style="red", soft_wrap=True, highlight=False)
        return document(machine, rows, quick=quick, failed=failed)

    with _only_one():
        _finish(_measured(work), as_json=as_json, out=out)


@contextmanager
def _only_one() -> Iterator[None]:
    """Two benchmarks at once measure each other. The name vanishes with the process, whatever happens."""
    with socket.socket(socket.AF_UNIX) as name:
        try:
            name.bind("\0crisislink-bench-media")
        except OSError:
            typer.echo("✗ Une mesure est déjà en cours.\n  A benchmark is running already.", err=True)
            raise typer.Exit(1) from None
        yield


@app.command("soak")
def soak_(
    *,
    minutes: Annotated[float, typer.Option(min=0.2, max=1_380)] = 130,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """One camera watched for a long time: memory, delay, interruptions."""
    from rich.console import Console  # noqa: PLC0415

    from crisislink.bench.machine import described  # noqa: PLC0415
    from crisislink.bench.report import document  # noqa: PLC0415
    from crisislink.bench.soak import soak  # noqa: PLC0415
    from crisislink.bench.stand import Stand  # noqa: PLC0415

    console = Console(stderr=True)

    def told(sample: "Sample") -> None:
        console.print(str(sample), highlight=False, soft_wrap=True)

    async def work(cores: "Cores") -> dict[str, object]:
        machine = described(cores)
        async with Stand.open(cores) as stand:
            rows, samples = await soak(stand, minutes, told)
        return document(machine, rows, samples=samples)

    _finish(_measured(work), as_json=as_json, out=out)


def _measured(work: Work) -> dict[str, object]:
    """Run with this process, and the sources it starts, on the clients' core."""
    import uvloop  # noqa: PLC0415

    from crisislink.bench.processes import Cores  # noqa: PLC0415
    from crisislink.stage import CannotStart  # noqa: PLC0415

    cores = Cores.of_machine()
    os.sched_setaffinity(0, {cores.clients})
    try:
        return uvloop.run(work(cores))
    except CannotStart as error:
        typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from error


def _finish(measured: dict[str, object], *, as_json: bool, out: Path | None) -> None:
    from crisislink.bench.report import show, written  # noqa: PLC0415

    text = written(measured, out)
    if as_json:
        typer.echo(text)
    else:
        show(measured)


@app.command()
def story(*, runs: Annotated[int, typer.Option(min=1)] = 3, as_json: AsJson = False) -> None:
    """The story's figures over several runs."""
    import asyncio  # noqa: PLC0415
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from crisislink.check.figures import rows, table  # noqa: PLC0415
    from crisislink.check.run import checked  # noqa: PLC0415
    from crisislink.stage import CannotStart, spawned  # noqa: PLC0415

    reports = []
    for _ in range(runs):
        with TemporaryDirectory(prefix="crisislink-check-") as folder:
            start = lambda at=Path(folder): spawned([], at)  # noqa: E731 - one line, one use
            try:
                reports.append(asyncio.run(checked(start, quiet=as_json)))
            except CannotStart as error:
                typer.echo(f"✗ {error}", err=True)
                raise typer.Exit(1) from error
    measured = rows(reports)
    if as_json:
        import json  # noqa: PLC0415

        typer.echo(json.dumps(measured, ensure_ascii=False))
    else:
        table(measured)
    raise typer.Exit(0 if all(r.held for r in reports) else 1)


@app.command()
def chart(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Results, JSON.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("performance.html"),
) -> None:
    """Results as one HTML page that needs nothing else."""
    import json  # noqa: PLC0415

    from crisislink.bench.chart import Run, page  # noqa: PLC0415

    runs = [Run(file.stem, json.loads(file.read_text(encoding="utf-8"))) for file in files]
    out.write_text(page(runs), encoding="utf-8")
    typer.echo(out)
