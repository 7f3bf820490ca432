"""An installation in a folder, and `crisislink` run on it: what tests of its commands work on."""

from pathlib import Path

from typer.testing import CliRunner, Result

from crisislink.__main__ import app

_SETTINGS = """
public_url = "https://crisislink.example.fr"
data_dir = "{0}/data"
key_file = "{0}/key"
[[providers]]
id = "ville"
label = "Ville"
side = "city"
issuer = "https://id.example.fr"
client_id = "c"
client_secret = "s"
"""


def installed(folder: Path) -> Path:
    """Nothing is stored yet."""
    (folder / "crisislink.toml").write_text(_SETTINGS.format(folder))
    (folder / "key").write_bytes(b"k" * 32)
    (folder / "key").chmod(0o600)
    return folder


def file(folder: Path, text: str) -> str:
    """As a spreadsheet of a town hall writes it; its path."""
    path = folder / "file.csv"
    path.write_bytes(text.encode("cp1252"))
    return str(path)


def run(folder: Path, *words: str, told: str | None = None) -> Result:
    """`told`: what is typed when it asks."""
    config = ["--config", str(folder / "crisislink.toml")]
    return CliRunner().invoke(app, [*words, *config], input=told)
