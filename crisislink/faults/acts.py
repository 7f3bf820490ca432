"""What can be done to the installation, and undone. An act is given the rig, and returns when it is done."""

import asyncio
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Literal

from crisislink.demo.behaviour import Behaviour
from crisislink.faults import machine
from crisislink.faults.parts import Part, send
from crisislink.faults.rig import CAMERAS, Rig

Act = Callable[[Rig], Awaitable[None]]
HIT = CAMERAS[2:]
"""The cameras that fail: those of the grant that outlives the fault."""
_ON_EACH_TABLE = (
    "DO $$DECLARE one name; BEGIN FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
    "LOOP EXECUTE format('{}', one); COMMIT; END LOOP; END$$"
)
"""A transaction for each: who locked them all would lock those out that hold one and wait for another."""
STOP, GO_ON, KILL = signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL


async def nothing(_: Rig) -> None:
    """As it is."""


def to_processes(pick: Callable[[Rig], list[int]], what: signal.Signals) -> Act:
    async def act(rig: Rig) -> None:
        send(what, pick(rig))

    return act


def to_server(name: Literal["redis", "database"], what: signal.Signals) -> Act:
    async def act(rig: Rig) -> None:
        getattr(rig.behind, name).signal(what)

    return act


freeze_database, thaw_database = (
    to_server("database", STOP),
    to_server("database", GO_ON),
)
freeze_redis, thaw_redis = to_server("redis", STOP), to_server("redis", GO_ON)


def to_node(what: signal.Signals) -> Act:
    async def act(rig: Rig) -> None:
        rig.node.signal(what)

    return act


def cameras_are(behaviour: Behaviour) -> Act:
    async def act(rig: Rig) -> None:
        await rig.behave(HIT, behaviour)

    return act


def both(first: Act, second: Act) -> Act:
    async def act(rig: Rig) -> None:
        await asyncio.gather(first(rig), second(rig))

    return act


async def kill_web(rig: Rig) -> None:
    await rig.web[0].kill()


async def start_web(rig: Rig) -> None:
    await rig.web[0].start()


async def kill_web_and_its_disk(rig: Rig) -> None:
    """What it had noted there is gone as well."""
    await rig.web[0].kill()
    for journal in rig.web[0].state.glob("forced-cuts.jsonl"):
        journal.unlink()


async def kill_node(rig: Rig) -> None:
    await rig.node.kill()


async def drain_node(rig: Rig) -> None:
    await rig.node.stop()


async def start_node(rig: Rig) -> None:
    await rig.node.start()


async def restart_database(rig: Rig) -> None:
    await rig.restart_database()


async def restart_redis(rig: Rig) -> None:
    await rig.restart_redis()


async def part_web(rig: Rig) -> None:
    rig.behind.to_database[0].freeze()


async def cut_off_web(rig: Rig) -> None:
    rig.behind.to_database[0].cut()


async def part(rig: Rig) -> None:
    await machine.drop([rig.behind.to_database[rig.wire].port])


async def join(_: Rig) -> None:
    await machine.pass_again()


async def swallow(rig: Rig) -> None:
    rig.behind.to_database[rig.wire].freeze()


async def cut_off(rig: Rig) -> None:
    rig.behind.to_database[rig.wire].cut()


async def mend_wires(rig: Rig) -> None:
    for wire in (*rig.behind.to_database, *rig.behind.to_redis):
        wire.thaw()


async def part_redis(rig: Rig) -> None:
    rig.behind.to_redis[rig.wire].freeze()


async def refuse_entries(rig: Rig) -> None:
    await rig.ask_database(
        "CREATE OR REPLACE FUNCTION no_entry() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the register cannot be written'; END$$"
    )
    await rig.ask_database(
        "CREATE TRIGGER no_entry BEFORE INSERT ON register_entry EXECUTE FUNCTION no_entry()"
    )


async def take_entries(rig: Rig) -> None:
    await rig.ask_database("DROP TRIGGER no_entry ON register_entry")


async def refuse_writes(rig: Rig) -> None:
    """What can be read is read; a full disk, to whoever writes."""
    await rig.ask_database(
        "CREATE OR REPLACE FUNCTION no_write() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END$$"
    )
    await rig.ask_database(
        _ON_EACH_TABLE.format(
            "CREATE TRIGGER no_write BEFORE INSERT OR UPDATE OR DELETE ON %I EXECUTE FUNCTION no_write()"
        )
    )


async def take_writes(rig: Rig) -> None:
    await rig.ask_database(_ON_EACH_TABLE.format("DROP TRIGGER IF EXISTS no_write ON %I"))


async def fill_disk(rig: Rig) -> None:
    machine.fill(rig.web[0].state)


async def fill_disk_under_sqlite(rig: Rig) -> None:
    """What its log has already would be room for a while."""
    with sqlite3.connect(rig.web[0].state / "crisislink.db", timeout=2) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    machine.fill(rig.web[0].state)


async def free_disk(rig: Rig) -> None:
    machine.free(rig.web[0].state)


class Lock:
    """Somebody else's transaction on the SQLite file: a backup that hangs."""

    def __init__(self) -> None:
        self._held: sqlite3.Connection | None = None

    async def take(self, rig: Rig) -> None:
        """Keep every writer out."""
        self._held = sqlite3.connect(rig.web[0].state / "crisislink.db", timeout=5, isolation_level=None)
        self._held.execute("BEGIN IMMEDIATE")

    async def leave(self, _: Rig) -> None:
        """Let them in again."""
        if self._held is not None:
            self._held.rollback()
            self._held.close()
            self._held = None


LOCK = Lock()


async def stop_provider(rig: Rig) -> None:
    await rig.provider.stop()


async def start_provider(rig: Rig) -> None:
    await rig.provider.start()


async def rotate_keys(rig: Rig) -> None:
    await rig.provider.rotate()


async def own_clocks(rig: Rig) -> None:
    environment = rig.clock.environment()
    await asyncio.gather(rig.web[0].restart(environment), rig.media[0].restart(environment))


async def true_clocks(rig: Rig) -> None:
    rig.clock.step(0)
    await asyncio.gather(rig.web[0].restart(), rig.media[0].restart())


async def own_database_clock(rig: Rig) -> None:
    rig.behind.database.signal(KILL)
    await rig.restart_database(rig.clock.environment())


async def understand_clock(rig: Rig) -> None:
    """The clock is set right, all is restarted; it is dark until a person says so. docs/decisions/0010."""
    rig.clock.step(0)
    await asyncio.gather(*(part.restart() for part in (*rig.web, *rig.media)))
    if await _clock_is_right(rig.web[0]):
        raise RuntimeError("a later time had been told, and nobody has noted it")
    if not await _clock_is_right(rig.web[0], "--trust"):
        raise RuntimeError("a person says that the clock is right, and is not believed")
    await rig.sign_in()


async def _clock_is_right(part: Part, *more: str) -> bool:
    """What `crisislink clock` says."""
    [python, module, name, _, *config] = part.command
    asking = await asyncio.create_subprocess_exec(
        python, module, name, "clock", *config, *more, stdout=asyncio.subprocess.DEVNULL
    )
    return await asking.wait() == 0


def set_clocks(by_s: int) -> Act:
    async def act(rig: Rig) -> None:
        rig.clock.step(by_s)

    return act


def workers(rig: Rig) -> list[int]:
    return rig.node.workers()


def nurseries(rig: Rig) -> list[int]:
    return rig.node.nurseries()
