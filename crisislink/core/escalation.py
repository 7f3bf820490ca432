"""A request nobody answers calls further posts: a second one, the supervisor on call, at last the telephone.

Levels are taken one at a time, each once. None of them decides anything: unanswered, a request lapses.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crisislink.core.events import RequestEscalated
from crisislink.core.ids import RequestId
from crisislink.core.limits import Limits
from crisislink.core.requests import AccessRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """How far one request went. Each level is one transition, so the level is the version. 0: nowhere."""

    request: RequestId
    version: int = 0

    @property
    def level(self) -> int:
        """1: a second post rings. 2: the supervisor on call. 3: the hospital is told to telephone."""
        return self.version


def escalates_at(request: AccessRequest, escalation: Escalation, limits: Limits) -> datetime | None:
    """When the next level is due, if nobody answers; None: there is none before the request lapses."""
    if not request.open or escalation.level >= len(limits.escalation_s):
        return None
    at = request.created_at + timedelta(seconds=limits.escalation_s[escalation.level])
    return at if at < request.lapses_at else None


def escalate(
    request: AccessRequest, escalation: Escalation, *, limits: Limits, now: datetime
) -> tuple[Escalation, RequestEscalated | None]:
    """The next level; a no-op before its time, when answered, or once the request has lapsed."""
    at = escalates_at(request, escalation, limits)
    if at is None or not at <= now < request.lapses_at:
        return escalation, None
    reached = replace(escalation, version=escalation.version + 1)
    return reached, RequestEscalated(
        request=request.id,
        exercise=request.exercise,
        beneficiary=request.beneficiary,
        owner=request.owner,
        level=reached.level,
    )
