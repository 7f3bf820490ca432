"""The real installation and two faults: two web processes, two media nodes, PostgreSQL, Redis, people."""

import json
import subprocess
import sys
from pathlib import Path

PATIENCE_S = 240


def test_no_promise_is_broken_while_a_node_dies_or_the_database_stands_still(tmp_path: Path) -> None:
    played = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "crisislink.faults", "--short", "--json", str(tmp_path / "runs")],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (tmp_path / "runs").exists(), played.stderr.decode()[-2_000:]
    rows = json.loads((tmp_path / "runs").read_text())
    assert [row["violations"] for row in rows] == [[], []], played.stderr.decode()[-2_000:]
    assert played.returncode == 0
    assert all(row["pictures"] > 50 for row in rows)
