"""The faults of time. All processes take the database server's, so only its clock can be wrong."""

from crisislink.faults import acts, machine
from crisislink.faults.fault import Fault
from crisislink.faults.history import Required

_HOUR_S = 3600
_LASTS_S = 20
_TRUE_TIME = Required(lit="all", obeyed=True, back=False)

CLOCKS = (
    Fault(
        "clock of a web process and a node − 1 h",
        "all goes on to its true end",
        prepare=acts.own_clocks,
        inject=acts.set_clocks(-_HOUR_S),
        heal=acts.true_clocks,
        wants=_TRUE_TIME,
        lasts_s=_LASTS_S,
        to_end=True,
        sets_clock=True,
        needs=machine.no_false_clock,
    ),
    Fault(
        "clock of a web process and a node + 1 h",
        "all goes on to its true end",
        prepare=acts.own_clocks,
        inject=acts.set_clocks(_HOUR_S),
        heal=acts.true_clocks,
        wants=_TRUE_TIME,
        lasts_s=_LASTS_S,
        to_end=True,
        sets_clock=True,
        needs=machine.no_false_clock,
    ),
    Fault(
        "clock of the database server − 1 h",
        "all goes on to its true end",
        prepare=acts.own_database_clock,
        inject=acts.set_clocks(-_HOUR_S),
        heal=acts.set_clocks(0),
        wants=_TRUE_TIME,
        lasts_s=_LASTS_S,
        to_end=True,
        sets_clock=True,
        whole=False,
        needs=machine.no_false_clock,
    ),
    Fault(
        "clock of the database server + 1 h, then right again",
        "ends come sooner, never later; dark until a person says that the clock is right",
        prepare=acts.own_database_clock,
        inject=acts.set_clocks(_HOUR_S),
        heal=acts.understand_clock,
        wants=Required(dark="all", back=False, anew=True),
        broken_s=8.0,
        sets_clock=True,
        ahead_s=_HOUR_S,
        whole=False,
        needs=machine.no_false_clock,
    ),
)
