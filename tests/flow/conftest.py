"""One small city a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.city import City, small_city


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    """A seeded city."""
    async with small_city(tmp_path) as made:
        yield made
