"""The API against its own document, by everybody, with things that earlier answers named (schemathesis).

Whatever is sent, well formed or not: an answer, no fault of ours, nothing that the document does not say, no
internals. `--api-examples 20000` makes it long.
"""

import json
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crisislink.web import operations
from crisislink.web.openapi import document
from crisislink.web.socket import server_options
from tests.servers import in_background
from tests.web.matrix import CALLERS, Thing
from tests.web.studio import served
from tests.web.test_matrix import open_town

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
INTERNALS = re.compile(
    r"Traceback|File \"|site-packages|sqlalchemy|sqlite3?\.|psycopg|rtsp://|crisislink[./]\w+\."
)
KNOWN_MAX = 20
ENDS_A_CALLER = {"session", "person"}
"""Names of things that are not taken from earlier answers: everybody would soon be signed out."""


def _operations() -> list[Any]:
    loaded = schemathesis.openapi.from_dict(document())
    loaded.config.generation.with_security_parameters = False
    return [found.ok() for found in loaded.get_all_operations() if isinstance(found, Ok)]


OPERATIONS = _operations()


@dataclass
class Running:
    """A served town; `known` grows with what answers name."""

    url: str
    headers: list[dict[str, str]]
    known: dict[str, list[str]] = field(default_factory=dict)

    def learn(self, answer: Any) -> None:
        """Keep the ids in it, by what they are of (`req_…`, `gr_…`), the newest few."""
        match answer:
            case dict():
                if isinstance(one := answer.get("id"), str):
                    of = self.known.setdefault(_OF.get(one.partition("_")[0], ""), [])
                    of[:] = [*of, one][-KNOWN_MAX:]
                for value in answer.values():
                    self.learn(value)
            case list():
                for value in answer[:50]:
                    self.learn(value)


_OF = {"req": "request", "gr": "grant", "inc": "incident", "cam": "camera"}


def _named() -> set[str]:
    """What stands in paths."""
    paths = re.findall(r"\{(\w+)\}", " ".join(one.path for one in OPERATIONS))
    return {*paths, *_OF.values()}


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[Running]:
    async with open_town(folder, pace=100_000) as town, served(town.app, **server_options()) as port:
        headers = [town.of(who) for who in CALLERS]
        running = Running(f"http://127.0.0.1:{port}", headers)
        for name in _named():
            running.known[name] = [await getattr(Thing(town.city), name)()]
        yield running


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as folder, in_background(_running(Path(folder))) as made:
        yield made


def test_every_operation_is_among_them() -> None:
    assert {one.definition.raw["operationId"] for one in OPERATIONS} == {o.id for o in operations.OPERATIONS}


def test_whatever_is_sent_the_answer_is_one_that_the_document_tells(
    running: Running, request: pytest.FixtureRequest
) -> None:
    @settings(
        max_examples=request.config.getoption("--api-examples"),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def everybody(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(OPERATIONS))
        mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
        case = data.draw(operation.as_strategy(mode))
        for name in set(case.path_parameters) - ENDS_A_CALLER:
            if data.draw(st.booleans()):
                known = running.known[name]  # grows: what is drawn must not depend on how many there are
                case.path_parameters[name] = known[data.draw(st.integers(0, KNOWN_MAX - 1)) % len(known)]
        headers = data.draw(st.sampled_from(running.headers)) | {"Accept-Language": "en"}
        response = case.call(base_url=running.url, headers=headers, timeout=30)
        said = response.content.decode(errors="replace")
        assert not INTERNALS.search(said), said[:500]
        case.validate_response(response, checks=CHECKS)
        if response.status_code < 300 and "application/json" in response.headers.get("content-type", [""])[0]:
            running.learn(json.loads(response.content))

    everybody()
