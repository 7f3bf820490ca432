"""Servers that live as long as the run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from redis import Redis

from crisislink.bench import servers
from tests.servers import REDIS_PROGRAMS, REDISES, Postgresql, in_background, open_folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """PostgreSQL; without its fsync, because a test's machine may forget."""
    with (
        open_folder() as folder,
        in_background(servers.postgresql(folder / "data", durable=False)) as running,
    ):
        yield Postgresql.prepared(running.url)


@pytest.fixture(scope="session")
def _redis() -> Iterator[Callable[[str], str]]:
    with ExitStack() as running:

        @cache
        def started(name: str) -> str:
            server = servers.redis(program=REDIS_PROGRAMS[name])
            return running.enter_context(in_background(server)).url

        yield started


@pytest.fixture
def redis_of(_redis: Callable[[str], str]) -> Callable[[str], str]:
    """The URL of one of `REDISES`, empty."""

    def empty(name: str) -> str:
        with Redis.from_url(_redis(name)) as client:
            client.flushall()
        return _redis(name)

    return empty


@pytest.fixture
def redis_url(redis_of: Callable[[str], str]) -> str:
    """Redis, or Valkey where that is what the machine has; empty."""
    return redis_of(REDISES[0])


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--api-examples`: how many requests `tests/web/test_schema.py` makes."""
    parser.addoption("--api-examples", type=int, default=120)
