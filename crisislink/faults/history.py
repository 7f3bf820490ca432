"""What happened in one run: orders and answers, pictures, states, the register. Seconds on CLOCK_BOOTTIME.

As JSON lines each line has the time, the process and the kind. An order has two: `invoke` when it was given,
then `ok`, `fail` or `unknown`; one that has no second line was cut off, and counts as unknown.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

LEASE_S = 5.0
Outcome = Literal["ok", "fail", "unknown"]
OrderKind = Literal[
    "ask", "approve", "extend", "revoke", "release", "stop_sharing", "ticket", "sign_in", "step_up"
]
Whose = Literal["nobody", "hit", "others", "all"]
_ANSWER = frozenset({"answered_s", "outcome", "made", "problem", "arrived_s"})
SignIn = Literal["any", "works", "refused"]
_PLAIN = (
    "organisation_of",
    "register_holds",
    "began_s",
    "ended_s",
    "fault_s",
    "mending_s",
    "wall_s",
    "clock_set",
    "register_ahead_s",
    "left_bytes",
)
ENDING: frozenset[OrderKind] = frozenset({"revoke", "release", "stop_sharing"})
DECIDED: frozenset[OrderKind] = frozenset({"approve", "extend"})
NEW: frozenset[OrderKind] = DECIDED | {"ask"}
EXTENDED = frozenset({"grant.extended", "grant.extended_in_crisis"})


def boot_s() -> float:
    """The clock that all processes of this machine share."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Order:
    """A command of a client. `unknown`: no answer came, so it may have been carried out or not.

    `grant`: which one it is about, None for all of a city; `cameras` None: the whole grant. `key`: its
    idempotency key; `made`: what the answer says it made; `problem`: the code of what it says is wrong.
    `arrived_s`: when the first of its tries was sent that may have arrived: one that was answered, whatever
    the answer was, or that a living process kept waiting. None: all broke off, as where nobody lives.
    """

    kind: OrderKind
    grant: str | None
    cameras: tuple[str, ...] | None
    asked_s: float
    answered_s: float
    outcome: Outcome
    key: str | None = None
    made: str | None = None
    problem: str | None = None
    arrived_s: float | None = None

    @property
    def counts_from_s(self) -> float:
        """From when on somebody may be asked why it is not done."""
        return self.asked_s if self.arrived_s is None else self.arrived_s

    def ends(self, grant: str, camera: str) -> bool:
        """Whether it takes this view away."""
        if self.kind not in ENDING:
            return False
        if self.grant is None:
            return True
        return self.grant == grant and (self.cameras is None or camera in self.cameras)


@dataclass(frozen=True, slots=True)
class Picture:
    """One that reached a viewer over its connection `link` to the media node at port `node`.

    `age_s`: behind its capture time, when it came, by the server's clock.
    """

    grant: str
    camera: str
    viewer: int
    epoch: int
    rendition: int
    seq: int
    at_s: float
    age_s: float
    stalled: bool
    node: int = 0
    link: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A STATE that reached a viewer. `shown`: `live`, or what a person is told instead."""

    grant: str
    camera: str
    viewer: int
    link: int
    at_s: float
    shown: str


@dataclass(slots=True)
class Connection:
    """A person's to a media node, `link` of pictures and states. `opened_s`: when its ticket was asked for;
    `told`: the reason of the END that closed it, if one came.
    """

    link: int
    viewer: int
    person: str
    grant: str
    camera: str
    opened_s: float
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant as it was answered. `end_s`: its scheduled end, before any extension."""

    cameras: frozenset[str]
    end_s: float


@dataclass(frozen=True, slots=True)
class Required:
    """What the design wants of a fault, beyond what holds always.

    `dark`: who may see nothing once leases are over, `dark_s` after it broke; no later comes the last picture
    after an order that was given meanwhile. `lit`: who keeps the picture. `told`: what a person at a hit
    camera is told instead of `live`, within `told_s`. `unlit_s`: the longest that who is hit sees nothing;
    `moved_s`: how long after it broke they see a picture of another node. `refuses`: nobody gets anything
    new, and reads why; `approves`: who decides before their proof is old does so as ever. `sign_in`: of
    somebody new; where it is refused, a fresh proof is too. `obeyed`: an order that ends something is
    answered all the same. `back`: who may look sees again. `anew`: access that is given once it is mended
    works, without anybody's help.
    """

    dark: Whose = "nobody"
    dark_s: float = LEASE_S
    lit: Whose = "nobody"
    told: frozenset[str] = frozenset()
    told_s: float = 2.0
    unlit_s: float | None = None
    moved_s: float | None = None
    refuses: bool = False
    approves: bool = False
    obeyed: bool = False
    sign_in: SignIn = "any"
    back: bool = True
    anew: bool = False


@dataclass(slots=True)
class History:
    """All of one run. `fault_s`: from when to when it lasted, its mending included, which began at
    `mending_s`; `nodes` and `cameras`: whom it hit, by port and id; `wall_s`: the wall clock minus the boot
    clock; `register_ahead_s`: by how much the register's clock, the store's, was set forward in the run;
    `organisation_of`: persons'; `left_bytes`: what who reads nothing could still read after the cut.
    """

    orders: list[Order] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    granted: dict[str, Granted] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    organisation_of: dict[str, str] = field(default_factory=dict)
    register_holds: bool = True
    began_s: float = 0.0
    ended_s: float = 0.0
    fault_s: tuple[float, float] = (0.0, 0.0)
    mending_s: float | None = None
    required: Required = Required()
    nodes: frozenset[int] = frozenset()
    cameras: frozenset[str] = frozenset()
    wall_s: float = 0.0
    clock_set: bool = False
    register_ahead_s: float = 0.0
    left_bytes: list[int] = field(default_factory=list)

    def end_s(self, grant: str) -> float:
        """The scheduled end, with the extensions that the register knows: of one whose answer was lost, it
        alone says whether it was made."""
        extended: list[float] = [
            e["ends_at_ms"] / 1000 - self.wall_s
            for e in self.entries
            if e["kind"] in EXTENDED and e["grant"] == grant
        ]
        return max([self.granted[grant].end_s, *extended])

    def recorded_s(self, entry: Mapping[str, Any], at: str = "at_ms") -> float:
        """When an entry was made, by the boot clock: one from the future has the clock that was set."""
        at_s = float(entry[at]) / 1000 - self.wall_s
        is_ahead = self.register_ahead_s and at_s > self.began_s + self.register_ahead_s / 2
        return at_s - self.register_ahead_s if is_ahead else at_s

    def write(self, path: Path) -> None:
        """As JSON lines in the order of time; the first describes the run."""
        with path.open("w", encoding="utf-8") as file:
            for line in sorted(_lines(self), key=lambda line: float(line["at_s"])):
                file.write(json.dumps(line, sort_keys=True) + "\n")

    @classmethod
    def read(cls, path: Path) -> "History":
        """What `write` wrote.

        Raises:
            ValueError: it is no such file.
        """
        lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
        if not lines or lines[0].get("kind") != "run":
            raise ValueError(f"{path} is no history of a run")
        return _from_lines(lines)


def _lines(history: History) -> Iterator[dict[str, Any]]:
    run = {
        "granted": {g: [sorted(v.cameras), v.end_s] for g, v in history.granted.items()},
        "required": asdict(history.required) | {"told": sorted(history.required.told)},
        "nodes": sorted(history.nodes),
        "cameras": sorted(history.cameras),
    }
    run |= {name: getattr(history, name) for name in _PLAIN}
    yield {"at_s": history.began_s, "process": "run", "kind": "run", "run": run}
    for number, order in enumerate(history.orders):
        told = {"process": "client", "number": number}
        asked = {name: value for name, value in asdict(order).items() if name not in _ANSWER}
        yield told | {"at_s": order.asked_s, "kind": "invoke", "order": asked}
        yield told | {"at_s": order.answered_s, "kind": order.outcome} | _answer(order)
    for picture in history.pictures:
        yield _of_viewer("picture", picture)
    for said in history.said:
        yield _of_viewer("state", said)
    for connection in history.connections:
        told = {"kind": "connection", "connection": asdict(connection)}
        yield told | {"at_s": connection.opened_s, "process": f"viewer {connection.viewer}"}
    for entry in history.entries:
        yield {"at_s": history.ended_s, "process": "register", "kind": "entry", "entry": entry}


def _answer(order: Order) -> dict[str, Any]:
    return {"made": order.made, "problem": order.problem, "arrived_s": order.arrived_s}


def _of_viewer(kind: str, seen: Picture | Said) -> dict[str, Any]:
    return {"at_s": seen.at_s, "process": f"viewer {seen.viewer}", "kind": kind, kind: asdict(seen)}


def _from_lines(lines: list[dict[str, Any]]) -> History:
    run = dict(lines[0]["run"])
    required = run.pop("required")
    history = History(
        granted={g: Granted(frozenset(c), end_s) for g, (c, end_s) in run.pop("granted").items()},
        required=Required(**(required | {"told": frozenset(required["told"])})),
        nodes=frozenset(run.pop("nodes")),
        cameras=frozenset(run.pop("cameras")),
        **(run | {"fault_s": tuple(run["fault_s"])}),
    )
    answers = {line["number"]: line for line in lines if line["kind"] in {"ok", "fail", "unknown"}}
    invoked = sorted((line for line in lines if line["kind"] == "invoke"), key=lambda o: int(o["number"]))
    history.orders = [_order(line["order"], answers.get(line["number"])) for line in invoked]
    history.pictures = [Picture(**line["picture"]) for line in lines if line["kind"] == "picture"]
    history.said = [Said(**line["state"]) for line in lines if line["kind"] == "state"]
    told = [line["connection"] for line in lines if line["kind"] == "connection"]
    history.connections = [Connection(**connection) for connection in told]
    history.entries = [line["entry"] for line in lines if line["kind"] == "entry"]
    return history


def _order(told: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Order:
    cameras = None if told["cameras"] is None else tuple(told["cameras"])
    last = (
        {"at_s": told["asked_s"], "kind": "unknown", "made": None, "problem": None, "arrived_s": None}
        if answer is None
        else answer
    )
    answered = {"answered_s": last["at_s"], "outcome": last["kind"]}
    answered |= {name: last[name] for name in ("made", "problem", "arrived_s")}
    return Order(**{**told, "cameras": cameras, **answered})
