"""The faults: what is done to the installation, how it is undone, and what the design wants meanwhile.

`docs/reliability.md` has the table; a fault the machine cannot make says why, and is left out.
"""

import asyncio
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from crisislink.demo.behaviour import Behaviour
from crisislink.faults import machine
from crisislink.faults.history import Required
from crisislink.faults.parts import send
from crisislink.faults.rig import CAMERAS, Rig

Act = Callable[[Rig], Awaitable[None]]
Hits = Literal["nobody", "node", "cameras"]
HIT = CAMERAS[2:]
_PAST_LEASE_S = 6.5
_HOUR_S = 3600


async def _nothing(_: Rig) -> None:
    return


_ALL_LIT = Required(lit="all", obeyed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`needs`: why this machine cannot, if so. `whole`: the installation is as before when it is over.

    `order`: how the city ends access meanwhile. `lasts_s`: how long grants last. `idler`: somebody watches
    who reads nothing. Before anybody watches comes `prepare`.
    """

    name: str
    required: str
    inject: Act = _nothing
    heal: Act = _nothing
    prepare: Act = _nothing
    wants: Required = _ALL_LIT
    hits: Hits = "nobody"
    broken_s: float = 3.0
    lasts_s: int = 600
    order: Literal["revoke", "stop_sharing"] = "revoke"
    embedded: bool = False
    idler: bool = False
    sets_clock: bool = False
    whole: bool = True
    needs: Callable[[], str | None] = lambda: None


def _signal(pick: Callable[[Rig], list[int]], what: signal.Signals) -> Act:
    async def act(rig: Rig) -> None:
        send(what, pick(rig))

    return act


def _server(name: Literal["redis", "database"], what: signal.Signals) -> Act:
    async def act(rig: Rig) -> None:
        getattr(rig.behind, name).signal(what)

    return act


def _node(what: signal.Signals) -> Act:
    async def act(rig: Rig) -> None:
        rig.node.signal(what)

    return act


def _cameras(behaviour: Behaviour) -> Act:
    async def act(rig: Rig) -> None:
        await rig.behave(HIT, behaviour)

    return act


def _both(first: Act, second: Act) -> Act:
    async def act(rig: Rig) -> None:
        await asyncio.gather(first(rig), second(rig))

    return act


async def _kill_web(rig: Rig) -> None:
    await rig.web[0].kill()


async def _start_web(rig: Rig) -> None:
    await rig.web[0].start()


async def _kill_node(rig: Rig) -> None:
    await rig.node.kill()


async def _drain_node(rig: Rig) -> None:
    await rig.node.stop()


async def _start_node(rig: Rig) -> None:
    await rig.node.start()


async def _restart_database(rig: Rig) -> None:
    await rig.restart_database()


async def _restart_redis(rig: Rig) -> None:
    await rig.restart_redis()


async def _part(rig: Rig) -> None:
    await machine.drop([rig.behind.to_database[rig.wire].port])


async def _join(_: Rig) -> None:
    await machine.pass_again()


async def _swallow(rig: Rig) -> None:
    rig.behind.to_database[rig.wire].freeze()


async def _cut_off(rig: Rig) -> None:
    rig.behind.to_database[rig.wire].cut()


async def _mend_wires(rig: Rig) -> None:
    for wire in (*rig.behind.to_database, *rig.behind.to_redis):
        wire.thaw()


async def _part_redis(rig: Rig) -> None:
    rig.behind.to_redis[rig.wire].freeze()


async def _refuse_entries(rig: Rig) -> None:
    await rig.ask_database(
        "CREATE OR REPLACE FUNCTION no_entry() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the register cannot be written'; END$$"
    )
    await rig.ask_database(
        "CREATE TRIGGER no_entry BEFORE INSERT ON register_entry EXECUTE FUNCTION no_entry()"
    )


async def _take_entries(rig: Rig) -> None:
    await rig.ask_database("DROP TRIGGER no_entry ON register_entry")


async def _fill_disk(rig: Rig) -> None:
    machine.fill(rig.web[0].state)


async def _fill_disk_under_sqlite(rig: Rig) -> None:
    """What its log has already would be room for a while."""
    with sqlite3.connect(rig.web[0].state / "crisislink.db", timeout=2) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    machine.fill(rig.web[0].state)


async def _free_disk(rig: Rig) -> None:
    machine.free(rig.web[0].state)


class _Lock:
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


_LOCK = _Lock()


async def _kill_all(rig: Rig) -> None:
    await rig.web[0].kill()


async def _stop_provider(rig: Rig) -> None:
    await rig.provider.stop()


async def _start_provider(rig: Rig) -> None:
    await rig.provider.start()


async def _rotate_keys(rig: Rig) -> None:
    await rig.provider.rotate()


async def _own_clocks(rig: Rig) -> None:
    environment = rig.clock.environment()
    await asyncio.gather(rig.web[0].restart(environment), rig.media[0].restart(environment))


async def _true_clocks(rig: Rig) -> None:
    rig.clock.step(0)
    await asyncio.gather(rig.web[0].restart(), rig.media[0].restart())


def _clock(by_s: int) -> Act:
    async def act(rig: Rig) -> None:
        rig.clock.step(by_s)

    return act


def _of_node(rig: Rig) -> list[int]:
    return rig.node.workers()


def _nursery(rig: Rig) -> list[int]:
    return rig.node.nurseries()


_STOP, _GO_ON, _KILL = signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL
_SILENT = frozenset({"stalled", "fault", "connecting", "suspended"})
_DARK = Required(dark="all", obeyed=True)
_MOVES = Required(lit="others", obeyed=True)
_NO_APPROVAL = Required(lit="nobody", refuses=True, obeyed=True)
_NO_EXTENSION = Required(lit="nobody", obeyed=True, back=False)
_freeze_database, _thaw_database = _server("database", _STOP), _server("database", _GO_ON)
_freeze_redis, _thaw_redis = _server("redis", _STOP), _server("redis", _GO_ON)
_thaw_both = _both(_thaw_database, _thaw_redis)


def _labelled(*shown: str, within_s: float = 2.0) -> Required:
    return Required(lit="others", told=frozenset(shown), told_s=within_s, obeyed=True)


CLUSTER = (
    Fault(name="nothing", required="all as it should be"),
    Fault(
        name="web process killed",
        required="others go on; no transition twice",
        inject=_kill_web,
        heal=_start_web,
    ),
    Fault(
        name="media node killed",
        required="its views move; the others stay",
        inject=_kill_node,
        heal=_start_node,
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault(
        name="media node drained",
        required="its views move",
        inject=_drain_node,
        heal=_start_node,
        wants=_MOVES,
        hits="node",
        broken_s=5.0,
    ),
    Fault(
        name="media node stopped, goes on",
        required="no stale picture passes as live",
        inject=_node(_STOP),
        heal=_node(_GO_ON),
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault(
        name="node and web process killed",
        required="others go on; no transition twice",
        inject=_both(_kill_node, _kill_web),
        heal=_both(_start_node, _start_web),
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault(
        name="camera processes killed",
        required="restarted by themselves",
        inject=_signal(_of_node, _KILL),
        wants=_MOVES,
        hits="node",
        broken_s=5.0,
    ),
    Fault(
        name="camera processes stopped",
        required="labelled, no stale picture as live",
        inject=_signal(_of_node, _STOP),
        heal=_signal(_of_node, _GO_ON),
        wants=_MOVES,
        hits="node",
        broken_s=5.0,
    ),
    Fault(
        name="nursery killed",
        required="its views come back",
        inject=_signal(_nursery, _KILL),
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault(name="Redis frozen", required="room stays lit", inject=_freeze_redis, heal=_thaw_redis),
    Fault(
        name="Redis restarted",
        required="room stays lit",
        inject=_server("redis", _KILL),
        heal=_restart_redis,
    ),
    Fault(name="node and Redis parted", required="room stays lit", inject=_part_redis, heal=_mend_wires),
    Fault(
        name="database frozen",
        required="lights out ≤ L; nothing new; the cut works",
        inject=_freeze_database,
        heal=_thaw_database,
        wants=Required(dark="all", refuses=True, obeyed=True),
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        name="database restarted",
        required="lights out ≤ L; nothing lost",
        inject=_server("database", _KILL),
        heal=_restart_database,
        wants=Required(dark="all", refuses=True, obeyed=True),
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        name="database and Redis frozen",
        required="lights out ≤ L; the cut is recorded late",
        inject=_both(_freeze_database, _freeze_redis),
        heal=_thaw_both,
        wants=_DARK,
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        name="node and database parted (packets dropped)",
        required="dark ≤ L; the others stay",
        inject=_part,
        heal=_join,
        wants=Required(dark="hit", lit="others", obeyed=True),
        hits="node",
        broken_s=_PAST_LEASE_S,
        needs=machine.no_packet_filter,
    ),
    Fault(
        name="node and database parted (proxy swallows)",
        required="dark ≤ L; the others stay",
        inject=_swallow,
        heal=_mend_wires,
        wants=Required(dark="hit", lit="others", obeyed=True),
        hits="node",
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        name="node and database cut off",
        required="dark ≤ L; the others stay",
        inject=_cut_off,
        heal=_mend_wires,
        wants=Required(dark="hit", lit="others", obeyed=True),
        hits="node",
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        name="register refuses entries",
        required="no transition; the cut works, is recorded late",
        inject=_refuse_entries,
        heal=_take_entries,
        wants=_NO_APPROVAL,
        broken_s=4.0,
    ),
    Fault(
        name="web process's disk full, database frozen",
        required="the cut works, is recorded late",
        inject=_both(_fill_disk, _freeze_database),
        heal=_both(_free_disk, _thaw_database),
        wants=Required(dark="all", refuses=True, obeyed=True),
        broken_s=_PAST_LEASE_S,
        needs=machine.no_small_disk,
    ),
    Fault(name="kill switch", required="all dark at once", order="stop_sharing"),
    Fault(
        name="kill switch, database frozen",
        required="all dark at once, recorded late",
        inject=_freeze_database,
        heal=_thaw_database,
        wants=_DARK,
        order="stop_sharing",
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        name="kill switch, Redis frozen",
        required="all dark ≤ L",
        inject=_freeze_redis,
        heal=_thaw_redis,
        wants=Required(obeyed=True),
        order="stop_sharing",
        broken_s=5.5,
    ),
    Fault(
        name="cameras stand still",
        required="labelled ≤ 2 s",
        inject=_cameras(Behaviour.STALL),
        heal=_cameras(Behaviour.NORMAL),
        wants=_labelled(*_SILENT),
        hits="cameras",
        broken_s=4.5,
    ),
    Fault(
        name="cameras send garbage",
        required="labelled ≤ 2 s",
        inject=_cameras(Behaviour.GARBAGE),
        heal=_cameras(Behaviour.NORMAL),
        wants=_labelled(*_SILENT, "damaged"),
        hits="cameras",
        broken_s=4.5,
    ),
    Fault(
        name="cameras go black",
        required="labelled 2 s later",
        inject=_cameras(Behaviour.BLACK),
        heal=_cameras(Behaviour.NORMAL),
        wants=_labelled("black", within_s=3.0),
        hits="cameras",
        broken_s=5.0,
    ),
    Fault(
        name="cameras repeat one picture",
        required="labelled 10 s later",
        inject=_cameras(Behaviour.FROZEN),
        heal=_cameras(Behaviour.NORMAL),
        wants=_labelled("frozen", within_s=11.0),
        hits="cameras",
        broken_s=12.5,
    ),
    Fault(
        name="cameras flap",
        required="never old as live",
        inject=_cameras(Behaviour.FLAP),
        heal=_cameras(Behaviour.NORMAL),
        wants=_MOVES,
        hits="cameras",
        broken_s=6.0,
    ),
    Fault(
        name="a viewer reads nothing",
        required="the others see as ever; ≤ 1 MiB is left at the cut",
        idler=True,
    ),
    Fault(
        name="identity provider down",
        required="nobody new; who watches goes on; the cut works",
        inject=_stop_provider,
        heal=_start_provider,
        wants=Required(lit="all", sign_in="refused", obeyed=True),
    ),
    Fault(
        name="signing keys rotated at the provider",
        required="people come in, who watches goes on",
        inject=_rotate_keys,
        wants=Required(lit="all", sign_in="works", obeyed=True),
    ),
    Fault(
        name="clock of a web process and a node − 1 h",
        required="no extension",
        prepare=_own_clocks,
        inject=_clock(-_HOUR_S),
        heal=_true_clocks,
        wants=_NO_EXTENSION,
        broken_s=11.0,
        lasts_s=13,
        sets_clock=True,
        needs=machine.no_false_clock,
    ),
    Fault(
        name="clock of a web process and a node + 1 h",
        required="ends come sooner, never later",
        prepare=_own_clocks,
        inject=_clock(_HOUR_S),
        heal=_true_clocks,
        wants=Required(lit="nobody", back=False),  # nor is anybody signed in any more
        broken_s=11.0,
        lasts_s=13,
        sets_clock=True,
        whole=False,
        needs=machine.no_false_clock,
    ),
)
EMBEDDED = (
    Fault(name="one process: nothing", required="all as it should be", embedded=True),
    Fault(
        name="one process: disk full",
        required="no approval, clear error; the cut works, is recorded late",
        inject=_fill_disk_under_sqlite,
        heal=_free_disk,
        wants=_NO_APPROVAL,
        broken_s=4.0,
        embedded=True,
        needs=machine.no_small_disk,
    ),
    Fault(
        name="one process: SQLite locked",
        required="no approval, clear error; the cut works, is recorded late",
        inject=_LOCK.take,
        heal=_LOCK.leave,
        wants=_NO_APPROVAL,
        broken_s=4.0,
        embedded=True,
    ),
    Fault(
        name="one process: disk full, kill switch",
        required="all dark at once, recorded late",
        inject=_fill_disk_under_sqlite,
        heal=_free_disk,
        wants=_NO_APPROVAL,
        order="stop_sharing",
        broken_s=4.0,
        embedded=True,
        needs=machine.no_small_disk,
    ),
    Fault(
        name="one process: killed",
        required="comes back; no transition twice",
        inject=_kill_all,
        heal=_start_web,
        wants=Required(obeyed=True),
        hits="node",
        broken_s=2.0,
        embedded=True,
    ),
)
FAULTS = (*CLUSTER, *EMBEDDED)
SHORT = ("nothing", "media node killed", "database frozen")
