"""Whether a provider answers is seen in the background, and being up again as well."""

import asyncio
import logging
from typing import Any

import pytest

from crisislink.adapters.oidc import standing
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.standing import Standings
from crisislink.adapters.system import SystemEntropy
from tests.fakes.time import TurnedClock
from tests.oidc.party import PUBLIC, party, profile


def watched(client: Any, clock: TurnedClock) -> Standings:
    return Standings({"hopital": client}, public_url=PUBLIC, clock=clock, entropy=SystemEntropy())


class Mute:
    """A provider that never ends its answer, or breaks us."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    @property
    def profile(self) -> ProviderProfile:
        return profile("http://localhost:1")

    async def answers(self) -> bool:
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()
        return True


async def test_a_provider_that_answers_is_not_down() -> None:
    async with party() as lied:
        seen = watched(lied.client, TurnedClock())
        await seen.ask()
        assert seen.down_since("hopital") is None


async def test_down_is_told_since_the_first_time_and_recovers_by_itself() -> None:
    clock = TurnedClock()
    async with party() as lied:
        seen = watched(lied.client, clock)
        honest = lied.provider.metadata["issuer"]
        lied.provider.metadata["issuer"] = "http://localhost:1/other"
        await seen.ask()
        first = clock.now()
        clock.advance(60)
        await seen.ask()
        assert seen.down_since("hopital") == first
        lied.provider.metadata["issuer"] = honest
        await seen.ask()
        assert seen.down_since("hopital") is None


async def test_a_provider_that_drips_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "PATIENCE_S", 0.05)
    seen = watched(Mute(), TurnedClock())
    await seen.ask()
    assert seen.down_since("hopital") is not None


async def test_a_provider_that_breaks_our_client_is_down_and_we_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen = watched(Mute(RuntimeError("odd")), TurnedClock())
    with caplog.at_level(logging.ERROR):
        await seen.ask()
    assert seen.down_since("hopital") is not None
    assert "could not be looked at" in caplog.text


async def test_only_the_asked_issuer_is_examined() -> None:
    async with party() as lied:
        seen = watched(lied.client, TurnedClock())
        assert [look async for look in seen.examine("https://elsewhere.example")] == []
        found = [(name, look.what) async for name, look in seen.examine(lied.provider.issuer)]
        assert ("hopital", "discovery") in found
