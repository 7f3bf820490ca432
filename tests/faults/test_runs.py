"""The program around the runs: what its table says, and what it ends with."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from crisislink.faults import __main__ as program
from crisislink.faults.checker import Violation
from crisislink.faults.fault import Fault
from crisislink.faults.history import History
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
