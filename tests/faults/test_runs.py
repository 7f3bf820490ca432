"""The program around the runs: what its table says, and what it ends with."""

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from crisislink.faults import __main__ as program
from crisislink.faults.checker import Violation
from crisislink.faults.fault import Fault
from crisislink.faults.history import History
from crisislink.faults.rig import Rig
from crisislink.faults.run import Verdict

APP = typer.Typer()
APP.command()(program.main)
POSSIBLE = Fault("a node dies", "its views move")
LEFT_OUT = Fault("a cable is pulled", "dark", needs=lambda: "only root may filter packets")


def _said(
    monkeypatch: pytest.MonkeyPatch, *options: str, delays_s: Sequence[float | None] = (0.1,), broken: int = 0
) -> tuple[int, str]:
    """The exit code and the output of runs with these delays."""

    async def played(
        wanted: Sequence[Fault], rounds: int, total: int | None, kept: Path | None
    ) -> list[Verdict]:
        assert (list(wanted), rounds, total, kept) == ([POSSIBLE], 1, None, None)
        found = [Violation("dark", "it was not")] * broken
        return [Verdict(POSSIBLE.name, found, d, 0.2, 9, 1.0, History()) for d in delays_s]

    monkeypatch.setattr(program, "FAULTS", (POSSIBLE, LEFT_OUT))
    monkeypatch.setattr(program, "_played", played)
    done = CliRunner().invoke(APP, options, env={"COLUMNS": "200"})
    return done.exit_code, done.output


def test_what_this_machine_cannot_break_is_told_under_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = _said(monkeypatch)
    assert code == 0
    left_out = "left out: a cable is pulled (only root may filter packets)"
    assert said.index("a node dies") < said.index(left_out)


def test_strictly_what_was_left_out_counts_as_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _said(monkeypatch, "--strict")[0] == 1
    assert _said(monkeypatch, "--strict", "--only", "dies")[0] == 0


def test_a_broken_promise_ends_it_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _said(monkeypatch, broken=1)[0] == 1


@pytest.mark.parametrize(
    ("delays_s", "shown"), [((None, None), "–"), ((None, 0.0), "0.00"), ((0.1, 0.3), "0.30")]
)
def test_a_delay_nobody_measured_is_a_dash(
    monkeypatch: pytest.MonkeyPatch, delays_s: Sequence[float | None], shown: str
) -> None:
    [row] = [line for line in _said(monkeypatch, delays_s=delays_s)[1].splitlines() if "a node dies" in line]
    assert row.split("│")[4].strip() == shown


@asynccontextmanager
async def _starts_not(*, embedded: bool) -> AsyncIterator[Rig]:
    raise OSError(f"no such program ({embedded=})")
    yield


def test_what_could_not_be_played_ends_it_with_one_and_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(program, "FAULTS", (POSSIBLE,))
    monkeypatch.setattr(program, "running", _starts_not)
    done = CliRunner().invoke(APP, ["--runs", "2", "--json", str(tmp_path / "runs")], env={"COLUMNS": "200"})
    rows = json.loads((tmp_path / "runs").read_text())
    assert done.exit_code == 1
    assert [row["fault"] for row in rows] == [POSSIBLE.name] * 2, "the next run is tried all the same"
    assert all("could not be played" in row["violations"][0] for row in rows)
    [row] = [line for line in done.output.splitlines() if line.startswith("│ a node dies")]
    assert [cell.strip() for cell in row.split("│")[3:7]] == ["2", "–", "0.00", "2"]
    assert len(list(tmp_path.glob("crisislink-broken-*/history.jsonl"))) == 2


def test_runs_none_of_which_is_possible_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "FAULTS", (LEFT_OUT,))
    done = CliRunner().invoke(APP, [], env={"COLUMNS": "200"})
    assert done.exit_code == 1
    assert "left out: a cable is pulled" in done.output


@pytest.mark.parametrize(("options", "played"), [(("--runs", "2"), 4), (("--total", "3"), 3)])
def test_runs_go_round_all_faults(
    monkeypatch: pytest.MonkeyPatch, options: Sequence[str], played: int
) -> None:
    class Played:
        def __init__(self, _rig: object, fault: Fault) -> None:
            self._fault = fault

        async def verdict(self) -> Verdict:
            return Verdict(self._fault.name, [], 0.1, 0.2, 9, 1.0, History())

    @asynccontextmanager
    async def starts(*, embedded: bool) -> AsyncIterator[object]:
        started.append(embedded)
        yield object()

    started: list[bool] = []
    faults = (POSSIBLE, Fault("the clock jumps", "nothing", whole=False))
    monkeypatch.setattr(program, "FAULTS", faults)
    monkeypatch.setattr(program, "running", starts)
    monkeypatch.setattr(program, "Run", Played)
    done = CliRunner().invoke(APP, list(options), env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    rows = [line.split("│") for line in done.output.splitlines() if line.startswith("│ ")]
    assert sum(int(row[3]) for row in rows) == played
    assert len(started) == 2, "anew only after what leaves it other than it was"
