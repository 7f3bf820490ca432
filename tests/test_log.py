"""What may be printed: words of ours, allow-listed fields, kinds and places of errors; not what came in."""

import ast
import io
import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

import crisislink
from crisislink.config import Settings, load
from crisislink.core.errors import Reason, Unavailable
from crisislink.log import FIELDS, Lines
from crisislink.media.nursery import _last_words

SECRET = "hunter2 geheim"
SOURCE = Path(crisislink.__file__).parent
COMMANDS = ("bench", "faults", "check")  # tools, not the service: they print for whoever runs them


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """What a handler with our lines gets of every logger."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.setLevel(before)
    root.removeHandler(handler)


OURS = logging.getLogger("crisislink.tests")


def test_a_line_is_time_level_part_words_and_fields_in_their_order(printed: io.StringIO) -> None:
    OURS.warning("it went wrong", extra={"error": Unavailable(Reason.STORE), "camera": "cam_1", "count": 3})
    assert re.fullmatch(
        r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING crisislink\.tests "it went wrong" '
        r"camera=cam_1 count=3 error=Unavailable:store\n",
        printed.getvalue(),
    )


def test_what_is_no_field_or_no_identifier_is_not_printed(printed: io.StringIO) -> None:
    OURS.warning("x %s", SECRET, extra={"person": SECRET, "camera": SECRET, "node": [SECRET], "view": "a\nb"})
    line = printed.getvalue()
    assert "hunter2" not in line
    assert line.endswith('"x %s" camera=? view=? node=?\n')


def test_of_an_error_come_kinds_and_places_never_what_it_says(printed: io.StringIO) -> None:
    def broken() -> None:
        try:
            raise ConnectionRefusedError(111, SECRET)
        except OSError as error:
            raise ValueError(SECRET) from error

    try:
        broken()
    except ValueError:
        OURS.exception("broken")
    line = printed.getvalue()
    assert "hunter2" not in line
    assert line.count("\n") == 1
    assert re.search(
        r'trace="ValueError\(test_log\.py:\d+ broken < test_log\.py:\d+ test_of.*\) from '
        r'ConnectionRefusedError:ECONNREFUSED\(test_log\.py:\d+ broken\)"',
        line,
    )


def test_a_text_of_ours_is_one_line_and_shows_no_credentials(printed: io.StringIO) -> None:
    OURS.warning("x", extra={"why": "rtsp://user:hunter2@10.0.0.1/a\nb"})
    assert printed.getvalue().endswith(' why="rtsp://…@10.0.0.1/a\\nb"\n')


def test_libraries_are_allowed_their_name_and_the_place(printed: io.StringIO) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved: %r", SECRET)
    logging.getLogger("sqlalchemy.pool").error(SECRET)
    logging.captureWarnings(capture=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(SECRET, stacklevel=1)
    finally:
        logging.captureWarnings(capture=False)
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.error").error(OSError(98, SECRET))
    text = printed.getvalue()
    assert "hunter2" not in text
    assert re.search(r' ERROR asyncio "test_log\.py:\d+"', text)
    assert '"Invalid HTTP request received."' in text
    assert '"OSError:EADDRINUSE"' in text


def test_a_broken_worker_says_a_kind_and_places_whoever_speaks_for_it() -> None:
    said = 'ValueError\n  File "/x/crisislink/media/worker.py", line 12, in run\n    password = "hunter2"\n'
    assert _last_words(said) == {"error": "ValueError", "at": "worker.py:12:run"}
    assert _last_words(f"rtsp://user:{SECRET}@10.0.0.1\n") == {"error": "?", "at": ""}


def test_wrong_settings_are_said_without_their_values(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        f'public_url = "https://x.example"\ndata_dir = "d"\nkey_file = "k"\nredis_url = ["{SECRET}"]\n'
        f'[[providers]]\nid = "a"\nlabel = "a"\nside = "city"\nissuer = "https://i.example"\n'
        f'client_id = "c"\nclient_secrte = "{SECRET}"\n'
    )
    with pytest.raises(ValidationError) as error:
        load(file)
    assert "client_secrte" in str(error.value)
    assert "hunter2" not in str(error.value)
    assert Settings.model_config["hide_input_in_errors"]


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(SOURCE.rglob("*.py")):
        if file.relative_to(SOURCE).parts[0] in COMMANDS:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "_log"
            ):
                yield f"{file.relative_to(SOURCE)}:{node.lineno}", node


def test_every_call_of_ours_says_a_literal_and_allow_listed_fields() -> None:
    wrong, seen = [], 0
    for where, call in _calls():
        seen += 1
        words, named = call.args, {keyword.arg: keyword.value for keyword in call.keywords}
        literal = len(words) == 1 and isinstance(words[0], ast.Constant) and isinstance(words[0].value, str)
        if not literal or named.keys() - {"exc_info", "extra"}:
            wrong.append(where)
        extra = named.get("extra")
        if isinstance(extra, ast.Dict):
            keys = [key.value for key in extra.keys if isinstance(key, ast.Constant)]
            if len(keys) != len(extra.keys) or not set(keys) <= set(FIELDS):
                wrong.append(where)
    assert wrong == []
    assert seen > 40


def test_nothing_of_the_service_prints_past_the_log() -> None:
    """Only commands, for whoever typed them, and the demonstration's line to its parent."""
    allowed = {"__main__.py", "demo/city.py", "demo/scenes/__main__.py", "log.py", "bench", "faults", "check"}
    found = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if re.search(r"\bprint\(|sys\.std(out|err)|logging\.(warning|error|info)\(", file.read_text())
    }
    assert {name for name in found if name not in allowed and name.split("/")[0] not in allowed} == set()
