"""`crisislink clock`: what time it is for an installation, and the way out after a clock that was wrong."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crisislink.__main__ import app
from crisislink.adapters import system


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "crisislink.toml"
    path.write_text(
        f"""public_url = "https://crisislink.example"
data_dir = "{tmp_path}"
key_file = "{tmp_path / "key"}"
[[providers]]
id = "hopital"
label = "SAMU"
side = "hospital"
issuer = "https://idp.example"
client_id = "c"
client_secret = "s"
"""
    )
    return path


def test_after_a_clock_that_was_an_hour_ahead_a_person_gives_access_back(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = system._wall

    def clock(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["clock", "--config", str(settings), *more])
        return done.exit_code, done.output

    assert clock()[0] == 1, "a new store is nobody's yet"
    monkeypatch.setattr(system, "_wall", lambda: wall() + timedelta(hours=1))
    assert clock("--trust")[0] == 0
    monkeypatch.setattr(system, "_wall", wall)
    code, told = clock()
    assert code == 1
    assert "Personne ne reçoit d'accès" in told
    assert "Nobody gets access" in told
    assert clock("--trust")[0] == 0
    assert clock()[0] == 0
