"""What the processes of a demonstration print, when every secret in it bears a mark."""

import os
import re
from pathlib import Path

MARK = "PLANTED"
PERSON, PLACE, CASE = "Jeanne Dupont", "3 rue du Secret", "DRM-4711"
SECRETS = (
    MARK,
    "eyJ",
    "rtsp://",
    "Bearer ",
    "__Host",
    "Dupont",
    "Secret",
    "DRM-4711",
    "Fabre",
    "Morel",
    "Rivals",
)
"""What may not be printed: tokens, cookies, passwords, states (all bear the mark), what is signed, addresses,
names, places, case numbers."""
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARNING|ERROR|CRITICAL) [a-z0-9_.]+ "
    r'"[^"]*"( [a-z_]+=("([^"\\]|\\.)*"|[^ "]*))*'
)
PLANT = f"""import secrets
drawn = secrets.token_urlsafe
secrets.token_urlsafe = lambda nbytes=None: "{MARK}" + drawn(nbytes)
"""


def planted(folder: Path, **more: str) -> dict[str, str]:
    """An environment in which Python marks every secret it makes."""
    (folder / "sitecustomize.py").write_text(PLANT)
    return os.environ | {"PYTHONPATH": str(folder)} | more


def check_printed(text: str, *, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    """The lines; each is one of `crisislink/log.py`, and none shows a secret."""
    lines = text.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
    return lines
