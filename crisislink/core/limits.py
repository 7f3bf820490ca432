"""The numbers the rules obey. Configuration may change them; these are the published defaults."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Durations in seconds, distances in metres."""

    duration_min_s: int = 60
    duration_max_s: int = 3_600
    grant_cap_s: int = 14_400  # absolute end of a grant after its approval, whatever the extensions
    cameras_max: int = 16
    radius_max_m: int = 5_000
    request_lapse_s: int = 600  # unanswered: the request lapses
    escalation_s: tuple[int, ...] = (30, 60, 120)  # unanswered: a further post each (core.escalation)
    idle_release_s: int = 300  # a grant nobody watches is given back
    looks_max: int = 8  # of one person at one camera of a grant at once: so many screens
    events_sockets_max: int = 24  # of one person at one process: so many pages
    recent_s: int = 3_600  # how old an authentication may be for what needs a recent one (core.policy)
    lease_s: float = 5.0  # L of the published promise
    lease_margin_s: float = 0.25  # a node stops this much before the lease says

    def __post_init__(self) -> None:
        if not 0 < self.lease_margin_s < self.lease_s / 3:
            raise ValueError("the lease margin must be positive and below a third of the lease")
        if not 0 < self.duration_min_s <= self.duration_max_s <= self.grant_cap_s:
            raise ValueError("durations must satisfy 0 < min <= max <= cap")
        if self.looks_max < 1 or self.events_sockets_max < 1:
            raise ValueError("everybody may look, and have a page")
        if self.recent_s < 60:
            raise ValueError("an authentication must stay recent for a minute at least")
        if self.idle_release_s <= 0 or sorted({0, *self.escalation_s}) != [0, *self.escalation_s]:
            raise ValueError("idle release must be positive, the ages of escalation must grow from above 0")
