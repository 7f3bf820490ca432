"""The faults of processes, servers, wires, cameras and people. `docs/reliability.md` has the table.

`cuts` has those of the orders that end access, `clocks` those of time. What a machine cannot make says why.
"""

from crisislink.demo.behaviour import Behaviour
from crisislink.faults import acts, failover, machine
from crisislink.faults.clocks import CLOCKS
from crisislink.faults.cuts import CUTS
from crisislink.faults.fault import DARK, MOVED_S, NO_APPROVAL, PAST_LEASE_S, PAST_MOVE_S, Fault
from crisislink.faults.history import Required

_SILENT = frozenset({"stalled", "fault", "connecting", "suspended"})
_PARTED = Required(dark="hit", lit="others", moved_s=MOVED_S, obeyed=True)
_GONE = Required(lit="others", moved_s=MOVED_S, obeyed=True)
_LEFT = Required(lit="others", unlit_s=2.0, moved_s=MOVED_S, obeyed=True)
_MOVES = Required(lit="others", obeyed=True)


def _labelled(*shown: str, within_s: float = 2.0) -> Required:
    return Required(lit="others", told=frozenset(shown), told_s=within_s, obeyed=True)


CLUSTER = (
    Fault("nothing", "all as it should be", breaks=False),
    Fault("web process killed", "others go on; no transition twice", acts.kill_web, acts.start_web),
    Fault(
        "media node killed",
        "its views move ≤ L + 2 s; the others stay",
        acts.kill_node,
        acts.start_node,
        wants=_GONE,
        hits="node",
        broken_s=PAST_MOVE_S,
    ),
    Fault(
        "media node drained",
        "its views move, dark ≤ 2 s",
        acts.drain_node,
        acts.start_node,
        wants=_LEFT,
        hits="node",
        broken_s=5.0,
    ),
    Fault(
        "media node stopped, goes on",
        "its views move ≤ L + 2 s; no stale picture passes as live",
        acts.to_node(acts.STOP),
        acts.to_node(acts.GO_ON),
        wants=_GONE,
        hits="node",
        broken_s=PAST_MOVE_S,
    ),
    Fault(
        "node and web process killed",
        "its views move ≤ L + 2 s; others go on; no transition twice",
        acts.both(acts.kill_node, acts.kill_web),
        acts.both(acts.start_node, acts.start_web),
        wants=_GONE,
        hits="node",
        broken_s=PAST_MOVE_S,
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
    Fault("Redis frozen", "room stays lit", acts.freeze_redis, acts.thaw_redis),
    Fault("Redis restarted", "room stays lit", acts.to_server("redis", acts.KILL), acts.restart_redis),
    Fault(
        "Redis failed over to a replica",
        "room stays lit",
        failover.promote_replica,
        prepare=failover.replica,
        broken_s=5.0,
    ),
    Fault("node and Redis parted", "room stays lit", acts.part_redis, acts.mend_wires),
    Fault(
        "database frozen",
        "lights out ≤ L; nothing new; the cut works",
        acts.freeze_database,
        acts.thaw_database,
        wants=DARK,
        broken_s=PAST_LEASE_S,
    ),
    Fault(
        "database restarted",
        "lights out ≤ L; nothing lost",
        acts.to_server("database", acts.KILL),
        acts.restart_database,
        wants=DARK,
        broken_s=PAST_LEASE_S,
    ),
    Fault(
        "database and Redis frozen",
        "lights out ≤ L; the cut is recorded late",
        acts.both(acts.freeze_database, acts.freeze_redis),
        acts.both(acts.thaw_database, acts.thaw_redis),
        wants=DARK,
        broken_s=PAST_LEASE_S,
    ),
    Fault(
        "PostgreSQL failed over to a standby",
        "dark ≤ L; all access ends, new access works, by themselves; nothing lost",
        failover.promote_standby,
        prepare=failover.standby,
        wants=Required(dark="all", obeyed=True, back=False, anew=True),
        broken_s=8.0,
        whole=False,
    ),
    Fault(
        "node and database parted (packets dropped)",
        "dark ≤ L, its views move ≤ L + 2 s; the others stay",
        acts.part,
        acts.join,
        wants=_PARTED,
        hits="node",
        broken_s=PAST_MOVE_S,
        needs=machine.no_packet_filter,
    ),
    Fault(
        "node and database parted (proxy swallows)",
        "dark ≤ L, its views move ≤ L + 2 s; the others stay",
        acts.swallow,
        acts.mend_wires,
        wants=_PARTED,
        hits="node",
        broken_s=PAST_MOVE_S,
    ),
    Fault(
        "node and database cut off",
        "dark ≤ L, its views move ≤ L + 2 s; the others stay",
        acts.cut_off,
        acts.mend_wires,
        wants=_PARTED,
        hits="node",
        broken_s=PAST_MOVE_S,
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
        "nobody new, no fresh proof; who proved within the hour approves; who watches goes on; the cut works",
        acts.stop_provider,
        acts.start_provider,
        wants=Required(lit="all", sign_in="refused", approves=True, obeyed=True),
    ),
    Fault(
        "signing keys rotated at the provider",
        "people come in, who watches goes on",
        acts.rotate_keys,
        wants=Required(lit="all", sign_in="works", obeyed=True),
    ),
)
EMBEDDED = (
    Fault("one process: nothing", "all as it should be", embedded=True, breaks=False),
    Fault(
        "one process: disk full",
        "no approval, clear error; the cut works, is recorded late",
        acts.fill_disk_under_sqlite,
        acts.free_disk,
        wants=NO_APPROVAL,
        broken_s=4.0,
        embedded=True,
        needs=machine.no_small_disk,
    ),
    Fault(
        "one process: SQLite locked",
        "no approval, clear error; the cut works, is recorded late",
        acts.LOCK.take,
        acts.LOCK.leave,
        wants=NO_APPROVAL,
        broken_s=4.0,
        embedded=True,
    ),
    Fault(
        "one process: disk full, kill switch",
        "all dark at once, recorded late",
        acts.fill_disk_under_sqlite,
        acts.free_disk,
        wants=NO_APPROVAL,
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
FAULTS = (*CLUSTER, *CUTS, *CLOCKS, *EMBEDDED)
SHORT = ("media node killed", "database frozen")
