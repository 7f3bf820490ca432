"""What the processes print: one line an event, key=value, and nothing that was not allowed beforehand.

    2026-11-23T14:02:11.480Z WARNING crisislink.media.view "lease not renewed" view=gr_…/cam_… error=…

The words are a literal of our source and are never filled in. What varies are the fields in `FIELDS`, and of
these only numbers, identifiers and kinds of errors; anything else is a `?`. Of an exception come its kinds
and places, never what it says: it may quote whatever came in. Libraries are allowed their name and the place.
`docs/logs.md` says what this is for, and `tests/test_log.py` holds every call of ours to it.
"""

import errno
import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import PurePath
from types import TracebackType
from typing import Literal

Level = Literal["info", "warning"]

FIELDS = (
    "provider", "camera", "grant", "viewing", "view", "node", "due", "cut", "operation", "channel", "state",
    "missing", "fault", "change", "cause", "reason", "status", "count", "behind_s", "error", "why", "at",
)  # fmt: skip
"""The only fields, in the order of a line. `why` is a text of ours, not an identifier."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:,/#{}-]{0,200}")
_CREDENTIALS = re.compile(r"//\S*@")
_OURS = "crisislink"
_STATIC = ("uvicorn",)  # libraries whose words are literals too
_PLACES = 12
_WHY_MAX = 200


class Lines(logging.Formatter):
    """A record as a line."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        head = f"{at}.{int(record.msecs):03d}Z {record.levelname} {record.name} {_words(record)}"
        return " ".join([head, *_fields(record), *_of_exception(record)])


def configure(level: Level = "warning") -> None:
    """From now on this process prints lines, to standard error; also what it would die of."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _died
    threading.excepthook = lambda ended: _died(
        ended.exc_type, ended.exc_value or ended.exc_type(), ended.exc_traceback
    )


def _died(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(_OURS).critical("ended by an error", exc_info=(kind, error, trace))


def kind(error: BaseException) -> str:
    """What an error is, without what it says: its type, and which of the closed lists it is on, if any."""
    name = type(error).__name__
    if isinstance(error, OSError) and (code := errno.errorcode.get(error.errno or 0)):
        return f"{name}:{code}"
    reason = getattr(error, "reason", None)  # of the domain's errors
    return f"{name}:{reason.value}" if isinstance(reason, Enum) else name


def _words(record: logging.LogRecord) -> str:
    if isinstance(record.msg, BaseException):
        return json.dumps(kind(record.msg))
    if record.name.split(".")[0] in {_OURS, *_STATIC} and isinstance(record.msg, str):
        return json.dumps(record.msg.strip(), ensure_ascii=False)
    return f'"{PurePath(record.pathname).name}:{record.lineno}"'


def _fields(record: logging.LogRecord) -> Iterator[str]:
    for name in FIELDS:
        if name in record.__dict__:
            value = record.__dict__[name]
            yield f"{name}={_why(value) if name == 'why' else _value(value)}"


def _value(value: object) -> str:
    if isinstance(value, BaseException):
        return kind(value)
    text = str(value) if isinstance(value, str | int | float) else "?"
    return text if _IDENTIFIER.fullmatch(text) else "?"


def _why(value: object) -> str:
    return json.dumps(_CREDENTIALS.sub("//…@", str(value))[:_WHY_MAX], ensure_ascii=False)


def _of_exception(record: logging.LogRecord) -> Iterator[str]:
    if not record.exc_info or record.exc_info[1] is None:
        return
    error: BaseException | None = record.exc_info[1]
    said: list[str] = []
    while error is not None and len(said) < _PLACES:
        said.append(f"{kind(error)}({' < '.join(_places(error.__traceback__))})")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    yield f'trace="{" from ".join(said)}"'


def _places(trace: TracebackType | None) -> list[str]:
    """The innermost first: file, line, function."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{PurePath(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[: -_PLACES - 1 : -1]
