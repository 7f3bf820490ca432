"""The stand-ins of both servers: they follow while all is well, and are promoted when the first one dies.

A standby of PostgreSQL that is promoted is another store to us (its timeline is): all access ends by itself,
and is asked for anew. It is followed synchronously, as docs/reliability.md asks: nothing recorded is lost.
"""

import asyncio
import os
import shutil
import signal
from pathlib import Path

import psycopg
from redis.asyncio import Redis

from crisislink.bench import servers
from crisislink.faults.proxy import HOST
from crisislink.faults.rig import Rig

_FOLLOWS_S, _NOTICED_S = 20.0, 1.0
_IN_STEP = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"


async def replica(rig: Rig) -> None:
    """One that follows Redis."""
    server = await rig.keep(servers.redis())
    async with Redis.from_url(server.url) as follower, asyncio.timeout(_FOLLOWS_S):
        await follower.replicaof(HOST, rig.behind.redis.port)
        while (await follower.info("replication"))["master_link_status"] != "up":  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    rig.behind.replica = server


async def promote_replica(rig: Rig) -> None:
    """Redis dies; after a moment everybody is sent to the one that followed."""
    server = rig.behind.replica
    assert server is not None, "prepared before"
    rig.behind.redis.signal(signal.SIGKILL)
    await asyncio.sleep(_NOTICED_S)
    async with Redis.from_url(server.url) as follower:
        await follower.replicaof("NO", "ONE")
    for wire in rig.behind.to_redis:
        wire.aim(server.port)
    rig.behind.redis, rig.behind.replica = server, None


async def standby(rig: Rig) -> None:
    """One that follows PostgreSQL, synchronously."""
    folder, first = rig.folder / "standby", rig.behind.database
    await _copy(first, folder)
    rig.behind.standby = await rig.keep(servers.postgresql(folder, durable=False))
    await rig.ask_database("ALTER SYSTEM SET synchronous_standby_names = '*'")
    await rig.ask_database("SELECT pg_reload_conf()")
    async with (
        await psycopg.AsyncConnection.connect(first.url, autocommit=True) as connection,
        asyncio.timeout(_FOLLOWS_S),
    ):
        while (await (await connection.execute(_IN_STEP)).fetchone()) == (0,):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _copy(first: servers.Server, folder: Path) -> None:
    program = [servers.postgres_program("pg_basebackup"), "-h", HOST, "-p", str(first.port)]
    await asyncio.to_thread(_make, folder)
    copying = await asyncio.create_subprocess_exec(
        *program, "-U", "crisislink", "-D", str(folder), "-R", "-c", "fast", cwd="/", user=_account()
    )
    if await copying.wait() != 0:
        raise RuntimeError("the database could not be copied")


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    if (account := _account()) is not None:
        shutil.chown(folder, account)


def _account() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


async def promote_standby(rig: Rig) -> None:
    """PostgreSQL dies; everybody is sent to the one that followed."""
    server = rig.behind.standby
    assert server is not None, "prepared before"
    rig.behind.database.signal(signal.SIGKILL)
    rig.behind.database, rig.behind.standby = server, None
    await rig.ask_database("SELECT pg_promote()")
    for wire in rig.behind.to_database:
        wire.aim(server.port)
