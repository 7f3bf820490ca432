"""The command: `crisislink …`."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from crisislink.bench.command import app as bench

if TYPE_CHECKING:
    from crisislink.check.report import Report
    from crisislink.config import Settings
    from crisislink.core.roster import Plan, RowError
    from crisislink.doctor import Finding
    from crisislink.flow.gazetteer import Change
    from crisislink.log import Level
    from crisislink.stage import Announcement

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
register = typer.Typer(no_args_is_help=True, help="The register.")
keys = typer.Typer(no_args_is_help=True, help="The installation's key: change it (docs/keys.md).")
people = typer.Typer(no_args_is_help=True, help="The roster of habilitations, for who runs the service.")
places = typer.Typer(no_args_is_help=True, help="Streets, quarters and landmarks, to be found by name.")
doctor = typer.Typer(help="What this machine, and the identity providers, have of what is needed.")
app.add_typer(register, name="register")
app.add_typer(people, name="people")
app.add_typer(places, name="places")
app.add_typer(doctor, name="doctor")
app.add_typer(keys, name="keys")
app.add_typer(bench, name="bench")

_T = TypeVar("_T")
DEMO_STATE = Path("var/demo")
_Videos = Annotated[
    list[Path], typer.Option("--video", help="A video file of yours, as a camera. Repeatable.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="JSON to standard output.")]
_Config = Annotated[Path, typer.Option("--config", help="Settings, TOML.")]


@app.command()
def version() -> None:
    """The installed version."""
    from importlib.metadata import version as installed

    typer.echo(installed("crisislink"))


@app.command()
def openapi() -> None:
    """The OpenAPI document."""
    from crisislink.web.openapi import document

    typer.echo(json.dumps(document(), indent=1, ensure_ascii=False))


@app.command()
def serve(config: _Config) -> None:
    """Run the service (web application and media node) with these settings."""
    from crisislink import config as settings
    from crisislink.wiring import run

    try:
        chosen = settings.load(config)
    except (OSError, ValueError) as error:
        _give_up(f"{config} : réglages incorrects.\n{config}: wrong settings.\n{error}")
    _run(lambda: run(chosen), chosen.log_level)


@app.command()
def media(config: _Config) -> None:
    """Run a media node alone, for a service whose database and broker it shares."""
    from crisislink import config as settings
    from crisislink.wiring import run_media

    try:
        chosen = settings.load(config)
    except (OSError, ValueError) as error:
        _give_up(f"{config} : réglages incorrects.\n{config}: wrong settings.\n{error}")
    _run(lambda: run_media(chosen), chosen.log_level)


@app.command()
def demo(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65_533, help="Port of the pages; the next two are used too. 0: any.")
    ] = 8400,
    video: _Videos = [],  # noqa: B006 - typer reads it once
    check: Annotated[bool, typer.Option("--check", help="Play the whole story headless, then stop.")] = False,
    as_json: _AsJson = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what the last demonstration left.")] = False,
    state: Annotated[Path, typer.Option(help="Where the demonstration keeps its state.")] = DEMO_STATE,
    announce: Annotated[bool, typer.Option("--announce", hidden=True)] = False,
) -> None:
    """The whole story on this machine: simulated cameras, identity providers, both rooms."""
    if check:
        report = _checked(video, quiet=as_json)
        if as_json:
            typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
        else:
            _print_report(report)
        raise typer.Exit(0 if report.held else 1)
    if fresh:
        shutil.rmtree(state, ignore_errors=True)
    from crisislink.stage import show

    ready = _announce if announce else _welcome
    _run(lambda: show(port, video, state, ready))


@doctor.callback(invoke_without_command=True)
def machine(
    context: typer.Context,
    *,
    config: Annotated[Path | None, typer.Option("--config", help="Settings, TOML: looked at, too.")] = None,
    as_json: _AsJson = False,
) -> None:
    """What this machine has of what the service needs; exit status 1 when something is missing."""
    from crisislink import config as settings
    from crisislink.doctor import examine

    if context.invoked_subcommand is None:
        _examined(lambda: examine(None if config is None else settings.load(config)), config, as_json=as_json)


@doctor.command()
def identity(
    config: _Config,
    provider: Annotated[str | None, typer.Argument(help="One provider's id; all without it.")] = None,
    *,
    as_json: _AsJson = False,
) -> None:
    """What can be seen of the identity providers from outside; exit status 1 when nobody could sign in."""
    from crisislink import config as settings
    from crisislink.doctor import examine_identity

    _examined(lambda: examine_identity(settings.load(config), provider), config, as_json=as_json)


def _examined(looks: "Callable[[], AsyncIterator[Finding]]", config: Path | None, *, as_json: bool) -> None:
    from dataclasses import asdict

    async def all_findings() -> "list[Finding]":
        return [finding async for finding in looks()]

    try:
        findings = asyncio.run(all_findings())
    except (OSError, ValueError) as error:
        _give_up(f"{config} : réglages incorrects.\n{config}: wrong settings.\n{error}")
        raise
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in findings], ensure_ascii=False))
    else:
        _print_findings(findings)
    raise typer.Exit(1 if any(f.grade == "bad" for f in findings) else 0)


@register.command()
def verify(config: _Config) -> None:
    """Recompute every leaf and the root from the stored bytes."""
    from crisislink import config as settings
    from crisislink.wiring import verify_register

    verdict = asyncio.run(verify_register(settings.load(config)))
    typer.echo(f"{verdict.head.size} entries, root {verdict.head.root.hex()}")
    typer.echo("intact" if verdict.holds else f"CHANGED, first bad entry: {verdict.first_bad}")
    raise typer.Exit(0 if verdict.holds else 1)


@keys.command("show")
def show_keys(config: _Config) -> None:
    """Which key seals, which only open, and how many cameras' addresses still need one of those."""
    from crisislink import keychange

    found = _changed(config, lambda chosen: asyncio.run(keychange.stand(chosen)))
    typer.echo(f"● {found.seals}  scelle / seals")
    for other in found.others:
        typer.echo(f"○ {other}  ouvre / opens")
    typer.echo(f"{found.cameras} adresses sous une autre clé / addresses under another key")


@keys.command("add")
def add_key(config: _Config) -> None:
    """Make a key that opens; copy it to every host before `rotate`. On one host, `rotate` does it."""
    from crisislink import keychange

    _changed(config, keychange.add)


@keys.command("rotate")
def rotate_keys(config: _Config) -> None:
    """The added key seals from now on, every camera's address anew; the one before still opens."""
    from crisislink import keychange

    count = _changed(config, lambda chosen: asyncio.run(keychange.rotate(chosen)))
    typer.echo(
        f"{count} adresses rescellées. Redémarrez le service, puis : crisislink keys drop\n"
        f"{count} addresses sealed anew. Restart the service, then: crisislink keys drop"
    )


@keys.command("drop")
def drop_key(config: _Config) -> None:
    """Forget the key that was; refused while a camera's address needs it."""
    from crisislink import keychange

    _changed(config, lambda chosen: asyncio.run(keychange.drop(chosen)))


def _changed(config: Path, work: "Callable[[Settings], _T]") -> "_T":
    from crisislink import config as settings
    from crisislink.core.errors import CrisisLinkError

    try:
        return work(settings.load(config))
    except (OSError, ValueError) as error:
        _give_up(f"{config} : clé ou réglages incorrects.\n{config}: wrong key or settings.\n{error}")
        raise
    except CrisisLinkError as error:
        _give_up(
            f"La base ne répond pas, ou une clé manque ; recommencez ensuite. ({error})\n"
            f"The store does not answer, or a key is missing; then try again. ({error})"
        )
        raise


@app.command()
def clock(
    config: _Config,
    *,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="The clocks have been set right: forget the later time noted, end all access."
        ),
    ] = False,
) -> None:
    """What time it is for this installation; exit status 1 while nobody gets access because of it."""
    from crisislink import config as settings
    from crisislink.flow.authority import SKEW
    from crisislink.wiring import told_time

    now, known = asyncio.run(told_time(settings.load(config), trust=trust))
    typer.echo(f"heure / time: {now.isoformat(timespec='milliseconds')}")
    if known is None:
        typer.echo("La base est nouvelle ou restaurée. / The store is new, or was restored.")
        raise typer.Exit(1)
    typer.echo(f"notée / noted: {known.high_water.isoformat(timespec='milliseconds')}")
    if now < known.high_water - SKEW:
        typer.echo(
            "✗ Personne ne reçoit d'accès : une heure plus tardive est notée. Réglez les horloges, "
            "redémarrez, puis --trust.\n"
            "✗ Nobody gets access: a later time is noted. Set the clocks right, restart, then --trust."
        )
        raise typer.Exit(1)


_Organisation = Annotated[str, typer.Option("--organisation", help="Whose roster: its id, org_….")]


@people.command("organisation")
def make_organisation(
    id: Annotated[str, typer.Argument(help="org_…, for ever.")],
    *,
    config: _Config,
    name: Annotated[str, typer.Option(help="Full name.")],
    short_name: Annotated[str, typer.Option(help="Short name, also burned into pictures.")],
    side: Annotated[str, typer.Option(help="hospital, city or oversight.")],
    phone: Annotated[str, typer.Option(help="What the other side is told to call.")],
) -> None:
    """Make an organisation known, or correct its names and telephone."""
    from pydantic import TypeAdapter

    from crisislink import people as roster
    from crisislink.core.actors import Organisation
    from crisislink.web.models import Id, Label

    def read() -> Organisation:
        given = {"id": TypeAdapter(Id).validate_python(id), "side": side}
        words = {"name": name, "short_name": short_name, "phone": phone}
        labels = {key: TypeAdapter(Label).validate_python(word) for key, word in words.items()}
        return TypeAdapter(Organisation).validate_python(given | labels)

    _on_roster(config, lambda settings: roster.found(settings, read()))


@people.command("import")
def import_people(
    file: Annotated[Path, typer.Argument(help="CSV; docs/roster.md has its columns.")],
    *,
    config: _Config,
    organisation: _Organisation,
    provider: Annotated[str, typer.Option(help="Whose identity provider vouches for new persons: its id.")],
    confirm: Annotated[
        str | None, typer.Option(help="Write without asking, if the preview has this digest.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Preview only.")] = False,
) -> None:
    """Preview a file line by line; write all of it once that is confirmed, or nothing. Exit status 1: not."""
    from crisislink import people as roster
    from crisislink.core.rosterfile import FILE_MAX_BYTES

    content = _content(file, FILE_MAX_BYTES)
    plan = _on_roster(config, lambda s: roster.plan_of(s, roster.keeper(s, organisation, provider), content))
    _print_plan(plan)
    if plan.errors or dry_run:
        raise typer.Exit(1 if plan.errors else 0)
    if confirm is None and not typer.confirm("Écrire ? / Write?"):
        raise typer.Exit(1)
    digest = confirm or plan.digest
    done = _on_roster(
        config,
        lambda s: roster.write_plan(s, roster.keeper(s, organisation, provider), content, digest),
    )
    typer.echo(f"habilitations: {done.given}, personnes / persons: {done.persons}")


@people.command("export")
def export_people(*, config: _Config, organisation: _Organisation) -> None:
    """The roster as CSV, to standard output."""
    from crisislink import people as roster

    sys.stdout.buffer.write(_on_roster(config, lambda settings: roster.export(settings, organisation)))


@places.command("import")
def import_places(
    file: Annotated[Path, typer.Argument(help="CSV; docs/places.md has its columns.")],
    *,
    config: _Config,
    confirm: Annotated[
        str | None, typer.Option(help="Write without asking, if the preview has this digest.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Preview only.")] = False,
) -> None:
    """Preview a file; once confirmed it is the whole gazetteer, or nothing is written. Exit status 1: not."""
    from crisislink import gazetteer
    from crisislink.core.placefile import FILE_MAX_BYTES, BadPlaces, read

    try:
        found = read(_content(file, FILE_MAX_BYTES))
    except BadPlaces as no:
        for error in no.errors[:_ERRORS_SHOWN]:
            typer.echo(f"       ✗ {gazetteer.said(error)}", err=True)
        if len(no.errors) > _ERRORS_SHOWN:
            typer.echo(f"       … {len(no.errors)} lignes à corriger / lines to correct", err=True)
        raise typer.Exit(1) from no
    plan = _on_roster(config, lambda settings: gazetteer.plan_of(settings, found))
    typer.echo(f"{_counted(plan)}\n{gazetteer.extent(found)}\ndigest {plan.digest}")
    if dry_run:
        raise typer.Exit(0)
    if confirm is None and not typer.confirm("Écrire ? / Write?"):
        raise typer.Exit(1)
    digest = confirm or plan.digest
    done = _on_roster(config, lambda settings: gazetteer.write(settings, found, digest))
    typer.echo(f"✓ {_counted(done)}")


_ERRORS_SHOWN = 40


def _counted(change: "Change") -> str:
    return (
        f"nouveaux / new: {change.new}, changés / changed: {change.changed}, "
        f"retirés / gone: {change.gone}, inchangés / same: {change.same}"
    )


def _content(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(most + 1)
    except OSError as error:
        _give_up(str(error))
        raise


def _on_roster(config: Path, work: "Callable[[Settings], Awaitable[_T]]") -> _T:
    """The answer; what cannot be done is a sentence, or what to correct line by line."""
    from crisislink import config as settings
    from crisislink.core.errors import CrisisLinkError
    from crisislink.core.roster import BadRows
    from crisislink.web.problems import problem

    async def asked() -> _T:
        return await work(settings.load(config))

    try:
        return asyncio.run(asked())
    except BadRows as no:
        for row in no.rows:
            _print_error(row)
        raise typer.Exit(1) from no
    except CrisisLinkError as error:
        french, english = (problem(error, speaks).title for speaks in ("fr", "en"))
        _give_up(f"{french}.\n{english}.")
        raise
    except (OSError, ValueError) as error:
        _give_up(f"{error}")
        raise


def _print_plan(plan: "Plan") -> None:
    from crisislink.core.days import first_day, last_day
    from crisislink.core.rosterfile import Column

    for line in plan.lines:
        asked = line.proposal
        days = "" if asked is None else f"{first_day(asked.valid_from)} → {last_day(asked.valid_until)}"
        role = line.row[Column.ROLE] if asked is None else asked.role.value
        said = f"{line.line:5}  {line.outcome or '✗':10}  {line.row[Column.NAME]} · {role} · {days}"
        # a file must not speak to a terminal
        typer.echo("".join(c if c.isprintable() else "·" for c in said))
        for error in line.errors:
            _print_error(error)
    typer.echo(f"digest {plan.digest}")


def _print_error(error: "RowError") -> None:
    from crisislink.web.rosterwords import row_error

    said = row_error(error)
    where = f"{said.line}{'' if said.column is None else f' · {said.column}'}"
    typer.echo(f"       ✗ {where} : {said.detail_fr} / {said.detail_en}", err=True)


@app.callback()
def _root() -> None:
    """CrisisLink: temporary, approved, masked live views of city cameras for a medical dispatch room."""


def _run(work: "Callable[[], object]", level: "Level | None" = None) -> None:
    """Run until Ctrl-C; a start that fails is a sentence, not a trace; what is printed: `log`."""
    import uvloop

    from crisislink.adapters.journal import Taken
    from crisislink.log import configure
    from crisislink.stage import CannotStart

    configure(level or "warning")
    try:
        uvloop.run(work())  # type: ignore[arg-type]
    except KeyboardInterrupt:
        pass
    except CannotStart as error:
        _give_up(str(error))
    except Taken as error:
        _give_up(
            f"Un autre CrisisLink travaille déjà dans {error}. Donnez à chacun son data_dir.\n"
            f"Another CrisisLink already works in {error}. Give each its own data_dir."
        )
    except Exception as error:  # noqa: BLE001 - typer would print what it says
        sys.excepthook(type(error), error, error.__traceback__)
        raise typer.Exit(1) from None


def _give_up(words: str) -> "typer.Exit":
    typer.echo(f"✗ {words}", err=True)
    raise typer.Exit(1)


def _announce(it: "Announcement") -> None:
    from dataclasses import asdict

    sys.stdout.write(json.dumps(asdict(it)) + "\n")
    sys.stdout.flush()


def _welcome(it: "Announcement") -> None:
    from rich.console import Console
    from rich.panel import Panel

    Console().print(
        Panel(
            f"[bold]SAMU[/]      {it.url}/samu       → Dr L. Fabre · poste 4\n"
            f"[bold]Police[/]    {it.url}/cic        → Brig. A. Morel · poste 2\n"
            f"[bold]Registre[/]  {it.url}/registre   → Me C. Rivals\n"
            f"[bold]LRM[/]       {it.dispatch_url}            → CrisisLink dans le logiciel de régulation\n\n"
            "FR  Ouvrez les deux premières adresses dans deux fenêtres (dont une privée), choisissez la "
            "personne,\n    cherchez « Bertrand de Born », demandez ; la police approuve ; révoquez.\n"
            "EN  Open the first two addresses in two windows (one private), choose the person,\n"
            "    search “Bertrand de Born”, ask; the police approve; revoke.\n\n"
            "Ctrl-C : arrêter / stop",
            title="CrisisLink · démonstration",
            expand=False,
        )
    )


def _checked(videos: list[Path], *, quiet: bool) -> "Report":
    from crisislink.check.run import checked
    from crisislink.stage import CannotStart, spawned

    with TemporaryDirectory(prefix="crisislink-check-") as folder:
        try:
            return asyncio.run(checked(lambda: spawned(videos, Path(folder)), quiet=quiet))
        except CannotStart as error:
            _give_up(str(error))
            raise


def _print_findings(findings: "list[Finding]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "", "", "FR", "EN", title="crisislink doctor", expand=False)
    mark = {"good": "[green]●[/]", "poor": "[yellow]▲[/]", "bad": "[red]✗[/]"}
    for finding in findings:
        table.add_row(mark[finding.grade], finding.what, finding.found, finding.advice_fr, finding.advice_en)
    Console().print(table)


def _print_report(report: "Report") -> None:
    from crisislink.check.figures import show_report

    show_report(report)


def main() -> None:
    """Entry point of the `crisislink` script."""
    app()


if __name__ == "__main__":
    main()
