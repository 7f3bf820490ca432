"""What a review looks like in the API."""

from datetime import datetime

from pydantic import Field

from crisislink.core.crisis import CrisisCause
from crisislink.core.review import Step
from crisislink.core.suspension import SuspendCause
from crisislink.web.models import (
    CameraView,
    CrisisView,
    GrantView,
    Id,
    IncidentView,
    Incoming,
    MessageView,
    Outgoing,
    PersonView,
    RequestView,
)


class ReviewQuery(Incoming):
    """Query of `/api/reviews/{incident}`."""

    crisis: bool = Field(default=False, description="all linked incidents that one may review, not it alone")


class MomentView(Outgoing):
    """One line of the timeline. `actor` None: the clock, or a rule.

    `took_s`: from asking or proposing to the answer, from what was granted at once to whoever noticed it.
    `relieved`: whoever passed the incident on to `actor`; the city is not told. `incident` None: of a
    declared crisis. `cause`: why a view or a crisis was suspended, or a crisis ended. `unused`: it gives, or
    ends, access that nobody ever watched.
    """

    at: datetime
    step: Step
    actor: Id | None
    incident: Id | None
    request: Id | None
    grant: Id | None
    cameras: list[Id]
    message: Id | None
    took_s: float | None
    declaration: Id | None
    relieved: Id | None
    cause: SuspendCause | CrisisCause | None
    unused: bool


class LookView(Outgoing):
    """A person saw a camera; `ended_at` None: still does."""

    grant: Id
    camera: Id
    person: Id
    started_at: datetime
    ended_at: datetime | None


class FiguresView(Outgoing):
    """Counts, and durations in seconds; None where there is nothing to count from."""

    requests: int
    approved: int
    automatic: int
    refused: int
    lapsed: int
    answer_median_s: float | None
    first_request_s: float | None
    first_picture_s: float | None
    grants: int
    grants_unused: int
    cameras_asked: int
    cameras_granted: int
    cameras_watched: int
    watched_s: float


class ReviewView(Outgoing):
    """An incident, several linked ones or a declared crisis, afterwards; the texts of `messages` are the two
    rooms' to read.

    `incidents` and `moments` oldest first. `began_at`: when the first incident was opened, or the crisis that
    is told (`declaration`) was proposed. `crises`: those named in it.
    """

    server_time: datetime
    began_at: datetime
    declaration: CrisisView | None
    incidents: list[IncidentView]
    figures: FiguresView
    moments: list[MomentView]
    requests: list[RequestView]
    grants: list[GrantView]
    looks: list[LookView]
    messages: list[MessageView]
    persons: list[PersonView]
    cameras: list[CameraView]
    crises: list[CrisisView]
