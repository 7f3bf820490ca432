"""Strangers' refused attempts: the first few are entries, the rest a count in a later one; none missing."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from crisislink.core.errors import Denied, Reason, Unavailable
from crisislink.flow.attempts import note_counts, recorded
from crisislink.flow.machines import VerifiedMachine, machine_actor
from crisislink.flow.strangers import ALONE, WINDOW_S
from tests.city import City, small_city
from tests.samples import REGULATOR

MANY = 1_000


async def _tries(city: City, times: int, action: str = "live") -> None:
    for _ in range(times):
        with pytest.raises(Denied):
            async with recorded(city.ports, None, action):
                raise Denied(Reason.WRONG_ORIGIN)


async def _told(city: City) -> tuple[int, list[dict[str, Any]]]:
    """How many entries of their own, and the counts."""
    async with city.store.read() as work:
        entries = await work.entries(after=1, limit=1_000)
    bodies = [json.loads(entry.body) for entry in entries]
    often = [body for body in bodies if body["kind"] == "access.denied_often"]
    return sum(body["kind"] == "access.denied" for body in bodies), often


async def test_a_flood_is_a_handful_of_entries_and_every_attempt_is_in_them(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        await _tries(city, MANY)
        await note_counts(city.ports)
        assert await _told(city) == (ALONE, [])
        city.clock.advance(WINDOW_S)
        await note_counts(city.ports)
        alone, [often] = await _told(city)
        assert alone + often["count"] == MANY
        assert (often["action"], often["reason"]) == ("live", "wrong_origin")
        assert often["within_s"] == WINDOW_S
        await note_counts(city.ports)
        assert len((await _told(city))[1]) == 1


async def test_after_a_quiet_window_the_first_few_are_entries_again(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        await _tries(city, ALONE)
        city.clock.advance(WINDOW_S)
        await _tries(city, ALONE)
        assert await _told(city) == (2 * ALONE, [])


async def test_software_that_asks_on_and_on_fills_no_register(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        for client in ("lrm", "lrm", "other"):
            named = VerifiedMachine(
                issuer="https://i.example", client_id=client, scopes=frozenset(), issued_at=city.clock.now()
            )
            for _ in range(ALONE):
                with pytest.raises(Denied):
                    await machine_actor(city.ports, named)
        city.clock.advance(WINDOW_S)
        await note_counts(city.ports)
        async with city.store.read() as work:
            kinds = [entry.kind for entry in await work.entries(after=1, limit=1_000)]
        assert kinds.count("session.refused") == 2 * ALONE
        [often] = (await _told(city))[1]
        assert (often["count"], often["reason"]) == (ALONE, "no_habilitation")
        assert often["action"].startswith("session.refused ")
        assert asdict(city.ports.strangers) == {"_windows": {}}


async def test_kinds_are_counted_apart(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        await _tries(city, ALONE + 2)
        await _tries(city, ALONE + 1, "stream")
        await note_counts(city.ports, closing=True)
        alone, often = await _told(city)
        assert alone == 2 * ALONE
        assert {(one["action"], one["count"]) for one in often} == {("live", 2), ("stream", 1)}


async def test_what_comes_while_a_count_is_written_is_in_the_next(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        await _tries(city, ALONE + 3)
        [due] = city.ports.strangers.due(boot_s=city.clock.boot_s(), closing=True)
        await _tries(city, 4)
        city.ports.strangers.noted(due)
        [rest] = city.ports.strangers.due(boot_s=city.clock.boot_s(), closing=True)
        assert (due.count, rest.count) == (3, 4)


async def test_a_store_that_takes_no_entry_loses_no_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise Unavailable

    async with small_city(tmp_path) as city:
        await _tries(city, ALONE + 3)
        with monkeypatch.context() as broken:
            broken.setattr(city.store, "write", full)
            await note_counts(city.ports, closing=True)
        await note_counts(city.ports, closing=True)
        assert [one["count"] for one in (await _told(city))[1]] == [3]


async def test_a_person_is_never_only_counted(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        for _ in range(ALONE + 3):
            with pytest.raises(Denied):
                async with recorded(city.ports, REGULATOR, "live"):
                    raise Denied(Reason.ROLE)
        assert await _told(city) == (ALONE + 3, [])
