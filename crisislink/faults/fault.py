"""A fault: what is done to the installation, how it is undone, and what the design wants meanwhile."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from crisislink.faults import acts
from crisislink.faults.acts import Act
from crisislink.faults.history import LEASE_S, Required

Hits = Literal["nobody", "node", "cameras"]
PAST_LEASE_S = 6.5
MOVED_S = 7.0  # L + 2 s: who watched at a node that is gone watches at another one
PAST_MOVE_S = MOVED_S + 1.0  # what it comes back with cannot be what they see

ALL_LIT = Required(lit="all", obeyed=True)
DARK = Required(dark="all", refuses=True, obeyed=True)
NO_APPROVAL = Required(lit="all", refuses=True, obeyed=True)
UNHEARD = Required(dark="all", dark_s=2 * LEASE_S, refuses=True, obeyed=True)  # flow.authority.may_hear


@dataclass(frozen=True, slots=True)
class Fault:
    """`needs`: why this machine cannot, if so. `whole`: the installation is as before when it is over.

    `order`: how the city ends access meanwhile, at web process `at` where it matters; another process is then
    asked for more. `amid`: what happens once its pictures are cut, `amid_s` later; the order is given once.
    `astray`: a revocation that names a camera the grant never held is tried besides. `lasts_s`: how long
    grants last; `to_end`: they are watched until then. `idler`: somebody watches who reads nothing. `breaks`
    False: all is well meanwhile, and cuts are held to 0.5 s. `ahead_s`: how far the database server's clock
    is set forward. Before anybody watches comes `prepare`.
    """

    name: str
    required: str
    inject: Act = acts.nothing
    heal: Act = acts.nothing
    _: KW_ONLY
    prepare: Act = acts.nothing
    wants: Required = ALL_LIT
    hits: Hits = "nobody"
    broken_s: float = 3.0
    lasts_s: int = 600
    to_end: bool = False
    order: Literal["revoke", "stop_sharing"] = "revoke"
    at: int | None = None
    amid: Act | None = None
    amid_s: float = 0.0
    astray: bool = False
    embedded: bool = False
    idler: bool = False
    breaks: bool = True
    sets_clock: bool = False
    ahead_s: float = 0.0
    whole: bool = True
    needs: Callable[[], str | None] = lambda: None
