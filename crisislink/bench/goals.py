"""What was promised (docs/performance.md). Bounds that depend on a peer or a camera are made from them."""

from crisislink.bench.measure import Goal, Row

ADDED_LATENCY = Goal({"p50": 20.0, "p95": 40.0})
ADDED_LATENCY_RATIO = Goal({"p50": 0.5, "p95": 0.5})
FIRST_PICTURE_WARM = Goal({"p95": 200.0})
VIEWERS_PER_CORE = Goal({"p50": 600.0}, at_least=True)
SEND_LAG = Goal({"p99": 25.0})
FANOUT_CPU_RATIO = Goal({"p50": 1.5})
CPU_RATIO = Goal({"p50": 1.05})
THROTTLED_AGE = Goal({"p95": 1_000.0})
THROTTLED_COST = Goal({"p95": 5.0})
CUT = Goal({"p99": 100.0})
FREEZE_VISIBLE = Goal({"p99": 1_200.0})
WORKER_RECOVERY = Goal(
    {"p95": 2_000.0}
)  # our own: back-off 250 ms, a handshake, and the camera's next key frame
REVOCATION = CUT  # healthy; its worst case has the bound below
CUT_ALL = Goal({"p99": 500.0})
TIMER_LATE = Goal({"p99": 250.0})
LAST_PICTURE_LATE = Goal({"p99": 0.0})


def first_picture_cold(handshake_ms: float, group_ms: float) -> Goal:
    """The camera's handshake, the longest wait for its key frame, and 200 ms."""
    return Goal({"p95": handshake_ms + group_ms + 200.0})


def cpu_like(peer: Row) -> Goal:
    """At most 5 % more than the peer for the same picture."""
    return Goal({"p50": peer.seen.p50 * 1.05})
