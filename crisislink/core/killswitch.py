"""The city's kill switch: one state per owner. While stopped, nothing is asked, granted or seen."""

from dataclasses import dataclass, replace
from datetime import datetime

from crisislink.core.actors import Actor
from crisislink.core.events import SharingResumed, SharingStopped
from crisislink.core.ids import OrganisationId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Whether a city shares at all. `stopped_at` None: it does. Version 0: the switch was never used."""

    owner: OrganisationId
    stopped_at: datetime | None = None
    stopped_by: PersonId | None = None
    version: int = 0

    @property
    def stopped(self) -> bool:
        """True while the kill switch is thrown."""
        return self.stopped_at is not None


def stop(sharing: Sharing, actor: Actor, *, now: datetime) -> tuple[Sharing, SharingStopped | None]:
    """Throw the switch; a no-op when it is thrown already."""
    if sharing.stopped:
        return sharing, None
    stopped = replace(sharing, stopped_at=now, stopped_by=actor.person.id, version=sharing.version + 1)
    return stopped, SharingStopped(owner=sharing.owner, actor=actor.person.id)


def resume(sharing: Sharing, actor: Actor) -> tuple[Sharing, SharingResumed | None]:
    """Lift it; a no-op when it is not thrown. Ended grants stay ended."""
    if not sharing.stopped:
        return sharing, None
    lifted = replace(sharing, stopped_at=None, stopped_by=None, version=sharing.version + 1)
    return lifted, SharingResumed(owner=sharing.owner, actor=actor.person.id)
