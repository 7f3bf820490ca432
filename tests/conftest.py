"""Servers that live as long as the run."""

from collections.abc import Iterator

import pytest
from redis import Redis

from crisislink.bench import servers
from tests.servers import Postgresql, in_background, open_folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """PostgreSQL; without its fsync, because a test's machine may forget."""
    with (
        open_folder() as folder,
        in_background(servers.postgresql(folder / "data", durable=False)) as running,
    ):
        yield Postgresql.prepared(running.url)


@pytest.fixture(scope="session")
def _redis() -> Iterator[str]:
    with in_background(servers.redis()) as running:
        yield running.url


@pytest.fixture
def redis_url(_redis: str) -> str:
    """Redis, or Valkey, empty."""
    with Redis.from_url(_redis) as client:
        client.flushall()
    return _redis


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--api-examples`: how many requests `tests/web/test_schema.py` makes."""
    parser.addoption("--api-examples", type=int, default=120)
