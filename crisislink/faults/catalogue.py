"""The faults: what is done to the installation, how it is undone, and what the design wants meanwhile.

`docs/reliability.md` has the table; a fault the machine cannot make says why, and is left out.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from crisislink.demo.behaviour import Behaviour
from crisislink.faults import acts, machine
from crisislink.faults.acts import Act
from crisislink.faults.history import Required

Hits = Literal["nobody", "node", "cameras"]
_PAST_LEASE_S = 6.5
_HOUR_S = 3600


_ALL_LIT = Required(lit="all", obeyed=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """`needs`: why this machine cannot, if so. `whole`: the installation is as before when it is over.

    `order`: how the city ends access meanwhile. `lasts_s`: how long grants last. `idler`: somebody watches
    who reads nothing. `breaks` False: all is well meanwhile, and cuts are held to 0.5 s.
    Before anybody watches comes `prepare`.
    """

    name: str
    required: str
    inject: Act = acts.nothing
    heal: Act = acts.nothing
    _: KW_ONLY
    prepare: Act = acts.nothing
    wants: Required = _ALL_LIT
    hits: Hits = "nobody"
    broken_s: float = 3.0
    lasts_s: int = 600
    order: Literal["revoke", "stop_sharing"] = "revoke"
    embedded: bool = False
    idler: bool = False
    breaks: bool = True
    sets_clock: bool = False
    whole: bool = True
    needs: Callable[[], str | None] = lambda: None


_SILENT = frozenset({"stalled", "fault", "connecting", "suspended"})
_DARK = Required(dark="all", refuses=True, obeyed=True)
_PARTED = Required(dark="hit", lit="others", obeyed=True)
_MOVES = Required(lit="others", obeyed=True)
_NO_APPROVAL = Required(lit="all", refuses=True, obeyed=True)
_NO_EXTENSION = Required(lit="nobody", obeyed=True, back=False)
_freeze_database, _thaw_database = (
    acts.to_server("database", acts.STOP),
    acts.to_server("database", acts.GO_ON),
)
_freeze_redis, _thaw_redis = acts.to_server("redis", acts.STOP), acts.to_server("redis", acts.GO_ON)
_thaw_both = acts.both(_thaw_database, _thaw_redis)


def _labelled(*shown: str, within_s: float = 2.0) -> Required:
    return Required(lit="others", told=frozenset(shown), told_s=within_s, obeyed=True)


CLUSTER = (
    Fault("nothing", "all as it should be", breaks=False),
    Fault("web process killed", "others go on; no transition twice", acts.kill_web, acts.start_web),
    Fault(
        "media node killed",
        "its views move; the others stay",
        acts.kill_node,
        acts.start_node,
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault(
        "media node drained",
        "its views move",
        acts.drain_node,
        acts.start_node,
        wants=_MOVES,
        hits="node",
        broken_s=5.0,
    ),
    Fault(
        "media node stopped, goes on",
        "no stale picture passes as live",
        acts.to_node(acts.STOP),
        acts.to_node(acts.GO_ON),
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault(
        "node and web process killed",
        "others go on; no transition twice",
        acts.both(acts.kill_node, acts.kill_web),
        acts.both(acts.start_node, acts.start_web),
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault(
        "camera processes killed",
        "restarted by themselves",
        acts.to_processes(acts.workers, acts.KILL),
        wants=_MOVES,
        hits="node",
        broken_s=5.0,
    ),
    Fault(
        "camera processes stopped",
        "labelled, no stale picture as live",
        acts.to_processes(acts.workers, acts.STOP),
        acts.to_processes(acts.workers, acts.GO_ON),
        wants=_MOVES,
        hits="node",
        broken_s=5.0,
    ),
    Fault(
        "nursery killed",
        "its views come back",
        acts.to_processes(acts.nurseries, acts.KILL),
        wants=_MOVES,
        hits="node",
        broken_s=6.0,
    ),
    Fault("Redis frozen", "room stays lit", _freeze_redis, _thaw_redis),
    Fault("Redis restarted", "room stays lit", acts.to_server("redis", acts.KILL), acts.restart_redis),
    Fault("node and Redis parted", "room stays lit", acts.part_redis, acts.mend_wires),
    Fault(
        "database frozen",
        "lights out ≤ L; nothing new; the cut works",
        _freeze_database,
        _thaw_database,
        wants=_DARK,
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        "database restarted",
        "lights out ≤ L; nothing lost",
        acts.to_server("database", acts.KILL),
        acts.restart_database,
        wants=_DARK,
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        "database and Redis frozen",
        "lights out ≤ L; the cut is recorded late",
        acts.both(_freeze_database, _freeze_redis),
        _thaw_both,
        wants=_DARK,
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        "node and database parted (packets dropped)",
        "dark ≤ L; the others stay",
        acts.part,
        acts.join,
        wants=_PARTED,
        hits="node",
        broken_s=_PAST_LEASE_S,
        needs=machine.no_packet_filter,
    ),
    Fault(
        "node and database parted (proxy swallows)",
        "dark ≤ L; the others stay",
        acts.swallow,
        acts.mend_wires,
        wants=_PARTED,
        hits="node",
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        "node and database cut off",
        "dark ≤ L; the others stay",
        acts.cut_off,
        acts.mend_wires,
        wants=_PARTED,
        hits="node",
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        "register refuses entries",
        "no transition; the cut works, is recorded late",
        acts.refuse_entries,
        acts.take_entries,
        wants=_NO_APPROVAL,
        broken_s=4.0,
    ),
    Fault(
        "web process's disk full, database frozen",
        "the cut works, is recorded late",
        acts.both(acts.fill_disk, _freeze_database),
        acts.both(acts.free_disk, _thaw_database),
        wants=_DARK,
        broken_s=_PAST_LEASE_S,
        needs=machine.no_small_disk,
    ),
    Fault("kill switch", "all dark at once", order="stop_sharing", breaks=False),
    Fault(
        "kill switch, database frozen",
        "all dark at once, recorded late",
        _freeze_database,
        _thaw_database,
        wants=_DARK,
        order="stop_sharing",
        broken_s=_PAST_LEASE_S,
    ),
    Fault(
        "kill switch, Redis frozen",
        "all dark ≤ L",
        _freeze_redis,
        _thaw_redis,
        wants=Required(obeyed=True),
        order="stop_sharing",
        broken_s=5.5,
    ),
    Fault(
        "cameras stand still",
        "labelled ≤ 2 s",
        acts.cameras_are(Behaviour.STALL),
        acts.cameras_are(Behaviour.NORMAL),
        wants=_labelled(*_SILENT),
        hits="cameras",
        broken_s=4.5,
    ),
    Fault(
        "cameras send garbage",
        "labelled ≤ 2 s",
        acts.cameras_are(Behaviour.GARBAGE),
        acts.cameras_are(Behaviour.NORMAL),
        wants=_labelled(*_SILENT, "damaged"),
        hits="cameras",
        broken_s=4.5,
    ),
    Fault(
        "cameras go black",
        "labelled 2 s later",
        acts.cameras_are(Behaviour.BLACK),
        acts.cameras_are(Behaviour.NORMAL),
        wants=_labelled("black", within_s=3.0),
        hits="cameras",
        broken_s=5.0,
    ),
    Fault(
        "cameras repeat one picture",
        "labelled 10 s later",
        acts.cameras_are(Behaviour.FROZEN),
        acts.cameras_are(Behaviour.NORMAL),
        wants=_labelled("frozen", within_s=11.0),
        hits="cameras",
        broken_s=12.5,
    ),
    Fault(
        "cameras flap",
        "never old as live",
        acts.cameras_are(Behaviour.FLAP),
        acts.cameras_are(Behaviour.NORMAL),
        wants=_MOVES,
        hits="cameras",
        broken_s=6.0,
    ),
    Fault(
        "a viewer reads nothing",
        "the others see as ever; ≤ 1 MiB is left at the cut",
        idler=True,
        breaks=False,
    ),
    Fault(
        "identity provider down",
        "nobody new; who watches goes on; the cut works",
        acts.stop_provider,
        acts.start_provider,
        wants=Required(lit="all", sign_in="refused", obeyed=True),
    ),
    Fault(
        "signing keys rotated at the provider",
        "people come in, who watches goes on",
        acts.rotate_keys,
        wants=Required(lit="all", sign_in="works", obeyed=True),
    ),
    Fault(
        "clock of a web process and a node − 1 h",
        "no extension",
        prepare=acts.own_clocks,
        inject=acts.set_clocks(-_HOUR_S),
        heal=acts.true_clocks,
        wants=_NO_EXTENSION,
        broken_s=11.0,
        lasts_s=13,
        sets_clock=True,
        needs=machine.no_false_clock,
    ),
    Fault(
        "clock of a web process and a node + 1 h",
        "ends come sooner, never later",
        prepare=acts.own_clocks,
        inject=acts.set_clocks(_HOUR_S),
        heal=acts.true_clocks,
        wants=Required(lit="nobody", back=False),  # nor is anybody signed in any more
        broken_s=11.0,
        lasts_s=13,
        sets_clock=True,
        whole=False,
        needs=machine.no_false_clock,
    ),
)
EMBEDDED = (
    Fault("one process: nothing", "all as it should be", embedded=True, breaks=False),
    Fault(
        "one process: disk full",
        "no approval, clear error; the cut works, is recorded late",
        acts.fill_disk_under_sqlite,
        acts.free_disk,
        wants=_NO_APPROVAL,
        broken_s=4.0,
        embedded=True,
        needs=machine.no_small_disk,
    ),
    Fault(
        "one process: SQLite locked",
        "no approval, clear error; the cut works, is recorded late",
        acts.LOCK.take,
        acts.LOCK.leave,
        wants=_NO_APPROVAL,
        broken_s=4.0,
        embedded=True,
    ),
    Fault(
        "one process: disk full, kill switch",
        "all dark at once, recorded late",
        acts.fill_disk_under_sqlite,
        acts.free_disk,
        wants=_NO_APPROVAL,
        order="stop_sharing",
        broken_s=4.0,
        embedded=True,
        needs=machine.no_small_disk,
    ),
    Fault(
        "one process: killed",
        "comes back; no transition twice",
        acts.kill_web,
        acts.start_web,
        wants=Required(obeyed=True),
        hits="node",
        broken_s=2.0,
        embedded=True,
    ),
)
FAULTS = (*CLUSTER, *EMBEDDED)
SHORT = ("media node killed", "database frozen")
