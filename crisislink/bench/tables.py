"""Rows of the two measurings that compare: a picture with the peers', fan-out with the raw limit. Pure."""

from collections.abc import Mapping, Sequence

from crisislink.bench import goals
from crisislink.bench.fanout import Served
from crisislink.bench.latency import Block
from crisislink.bench.measure import Row, Subject, quotient, row

Blocks = Mapping[Subject, Sequence[Block]]


def picture_rows(blocks: Blocks, size: str) -> list[Row]:
    """Delay, CPU and bytes of a picture of every subject, and ours over FFmpeg's. `size`: 720p or 360p."""
    suffix = "" if size == "720p" else f"_{size}"
    delays = {s: _delay(s, found, suffix) for s, found in blocks.items()}
    costs = {s: _cost(s, blocks, size) for s in blocks}
    sizes = {s: _bytes(s, found, size) for s, found in blocks.items()}
    rows = [*delays.values(), *costs.values(), *sizes.values()]
    if "ffmpeg" in blocks:
        pairs = (
            (f"added_latency{suffix}_ratio", delays, goals.ADDED_LATENCY_RATIO),
            (f"cpu_ratio_{size}", costs, goals.CPU_RATIO),
            (f"picture_bytes_ratio_{size}", sizes, None),
        )
        rows += [quotient(name, of["ours"], of["ffmpeg"], goal) for name, of, goal in pairs]
    shares = [block.service_cpu_ms for block in blocks["ours"]]
    return [*rows, row(f"service_cpu_ms_per_frame_{size}", shares, unit="ms", note="beside the worker")]


def _delay(subject: Subject, found: Sequence[Block], suffix: str) -> Row:
    goal = goals.ADDED_LATENCY if subject == "ours" else None
    values = [block.delays_ms for block in found]
    return row(f"added_latency{suffix}_ms", values, unit="ms", subject=subject, goal=goal)


def _cost(subject: Subject, blocks: Blocks, size: str) -> Row:
    same = blocks[subject][0].x264 == blocks["ours"][0].x264
    peer = [block.cpu_ms for block in blocks.get("ffmpeg", ())]
    goal = goals.cpu_like(row("", peer, unit="ms")) if subject == "ours" and peer else None
    return row(
        f"cpu_ms_per_frame_{size}",
        [block.cpu_ms for block in blocks[subject]],
        unit="ms",
        subject=subject,
        goal=goal,
        note="" if same else "other x264 settings",
    )


def _bytes(subject: Subject, found: Sequence[Block], size: str) -> Row:
    return row(f"picture_bytes_{size}", [[block.bytes] for block in found], unit="bytes", subject=subject)


def crowd_rows(ours: Sequence[Served], raw: Sequence[Served], silent: Served) -> list[Row]:
    """Fan-out of the product, and the raw limit with and without acknowledgements."""
    cost = row("fanout_cpu_us_per_message", [[s.us_per_message] for s in ours], unit="µs")
    limit = row("raw_cpu_us_per_message", [[s.us_per_message] for s in raw], unit="µs", note="same traffic")
    mute = row("raw_silent_cpu_us_per_message", [[silent.us_per_message]], unit="µs", note="nothing heard")
    note = (
        f"{ours[0].viewers} viewers used {max(s.server_share for s in ours):.0%} of the core, more are "
        f"extrapolated; {sum(s.lost for s in ours)} turned away; {sum(s.holes for s in ours)} holes; "
        f"the clients used {max(s.crowd_share for s in (*ours, *raw)):.0%} of theirs"
    )
    return [
        row(
            "fanout_viewers_per_core",
            [[s.per_core] for s in ours],
            unit="viewers",
            goal=goals.VIEWERS_PER_CORE,
            note=note,
        ),
        row("send_lag_ms", [s.lags_ms for s in ours], unit="ms", goal=goals.SEND_LAG),
        row("raw_send_lag_ms", [s.lags_ms for s in raw], unit="ms"),
        cost,
        limit,
        mute,
        quotient("fanout_cpu_per_message_ratio", cost, limit, goals.FANOUT_CPU_RATIO),
        quotient("fanout_cpu_per_message_ratio_silent", cost, mute),
    ]
