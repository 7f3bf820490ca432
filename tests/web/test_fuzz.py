"""A short run of the fuzzer, so that it cannot rot; the long ones are made by hand (tests/fuzz/web.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="atheris has no build for this Python")


def test_nothing_that_is_said_to_us_brings_more_than_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.web", "-runs=1500", "-max_len=600", "-seed=31", "corpus"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert "Done 1500 runs" in run.stderr
