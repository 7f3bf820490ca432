"""How often anybody may do anything: far above what a room does in a crisis, far below what would harm it.

A person signed in is counted by name, so no stranger behind the same address can slow a room down; a stranger
by address (IPv6: by the /64 that one customer has). Who is refused did nothing, and reads how long to wait.
Ending access has a pace of its own, which nothing else uses up.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from crisislink.core.errors import Reason, Unavailable
from crisislink.flow.ports import Rates

if TYPE_CHECKING:
    from crisislink.web.operations import Operation


@dataclass(frozen=True, slots=True)
class Pace:
    """`limit` times at once, and as many again each minute."""

    name: str
    limit: int
    urgent: bool = False
    """Counted by each process alone: a broker that is silent holds nobody up."""


STRANGER = Pace("stranger", 1_200)
SIGN_IN = Pace("sign-in", 240)  # a whole shift behind one address, each twice, in one minute
NOTICE = Pace("notice", 600)
MACHINE = Pace("machine", 1_200)
READ = Pace("read", 1_200)
COMMAND = Pace("command", 600)
CUT = Pace("cut", 1_200, urgent=True)
TICKET = Pace("ticket", 1_200)  # a wall of 16 that loses its node asks for 80 in ten seconds
THOROUGH = Pace("thorough", 20)  # reads the whole register, or asks other people's servers
EVENTS = Pace("events", 120)
GROUND = Pace("ground", 6_000)  # a 4K wall shows 200 tiles, and somebody moves it
PACES = (STRANGER, SIGN_IN, NOTICE, MACHINE, READ, COMMAND, CUT, TICKET, THOROUGH, EVENTS, GROUND)

_MINUTE_S = 60.0
_OF = {
    "openTicket": TICKET,
    "openEmbeddedTicket": TICKET,
    "verifyRegister": THOROUGH,
    "examineIdentity": THOROUGH,
    "mapFile": GROUND,
    "mapTile": GROUND,
}


def pace_of(operation: "Operation") -> Pace:
    """How often one person may call it."""
    if operation.cuts:
        return CUT
    return _OF.get(operation.id, READ if operation.method == "GET" else COMMAND)


async def keep(rates: Rates, pace: Pace, who: str, *, urgent: bool = False) -> None:
    """Once more, by `who`; `urgent` as the pace itself may be.

    Raises:
        Unavailable: too often (`TOO_MANY`; `wait_s`: seconds until it will be allowed).
    """
    urgent = urgent or pace.urgent
    wait_s = await rates.spend(f"{pace.name}:{who}", limit=pace.limit, per_s=_MINUTE_S, urgent=urgent)
    if wait_s > 0:
        raise Unavailable(Reason.TOO_MANY, wait_s=ceil(wait_s))


def address_of(connection: HTTPConnection) -> str:
    """Where the caller comes from: what the connection says, or a proxy that the settings trust."""
    host = "" if connection.client is None else connection.client.host
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class Places:
    """How many of a thing somebody holds at once."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, who: str, most: int) -> Iterator[None]:
        """One more, as long as this holds.

        Raises:
            Unavailable: they hold `most` (`TOO_MANY`).
        """
        if self._taken[who] >= most:
            raise Unavailable(Reason.TOO_MANY, wait_s=5)
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]
