"""Processes of one installation, in the model: each reaches the store as its link lets it, and has a disk.

A process answers people and its own media node. It ends in an instant: what it had on its disk is left.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from crisislink.adapters.journal import FileJournal
from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql.databases import Database
from crisislink.adapters.sql.sessions import SqlSessions
from crisislink.adapters.sql.store import SqlStore
from crisislink.flow.ports import Bus, LiveVideo, Ports
from crisislink.flow.recall import Recall
from crisislink.flow.signin import SessionLimits
from crisislink.flow.timers import Timers
from tests.city import City

Fate = Literal["well", "slow", "frozen", "gone", "full", "mute"]
"""What a process has of the store. Slow: it answers after a blink. Frozen: nothing, until patience ends.
Gone: nothing, at once. Full: it can be read. Mute: it commits, and the answer is lost.
"""
LATE: frozenset[Fate] = frozenset({"slow", "frozen"})


class Link:
    """`Database`, as one process reaches it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.witness = database.witness
        self.fate: Fate = "well"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """See `Database`."""
        fate = self.fate
        await self._reached(fate)
        if fate == "full":
            raise _lost()
        async with self._database.writing() as connection:
            yield connection
        if fate == "mute":
            raise _lost()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """See `Database`."""
        await self._reached(self.fate)
        async with self._database.reading() as connection:
            yield connection

    async def _reached(self, fate: Fate) -> None:
        if fate in LATE:
            await asyncio.sleep(0.001)  # a blink is nothing meanwhile (`Town.done`)
        if fate in {"frozen", "gone"}:
            raise _lost()

    async def close(self) -> None:
        """It is the town's."""


def _lost() -> OperationalError:
    return OperationalError("", None, TimeoutError())


class Process:
    """One web process with its media node."""

    def __init__(self, city: City, bus: Bus, video: LiveVideo, folder: Path) -> None:
        folder.mkdir()
        self._city, self._bus, self.video = city, bus, video
        self._journal = folder / "forced-cuts.jsonl"
        self.link = Link(city.store._database)
        self.start()

    def start(self) -> None:
        """Anew: what is on its disk is left, and how it reaches the store."""
        city = self._city
        store = SqlStore(self.link, clock=city.clock, bus=self._bus, vault=Vault(b"k" * 32))
        self.ports: Ports = replace(
            city.ports,
            store=store,
            bus=self._bus,
            sessions=SqlSessions(store),
            journal=FileJournal(self._journal),
            recall=Recall(),
        )
        self.timers = Timers(self.ports, self.video, SessionLimits())

    @property
    def served(self) -> bool:
        """Whether the store takes what it does."""
        return self.link.fate in {"well", "slow"}
