"""What a review looks like in the API."""

from datetime import datetime

from pydantic import Field

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

    crisis: bool = Field(
        default=False, description="all incidents of its crisis that one may review, not it alone"
    )


class MomentView(Outgoing):
    """One line of the timeline. `actor` None: the clock, or a rule. `took_s`: from asking to the answer.

    `relieved`: whoever passed the incident on to `actor`; the city is not told. `incident` None: of a
    declared crisis. `cause`: why a view was suspended.
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
    cause: SuspendCause | None


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
    """An incident, or a crisis of several, afterwards; the texts of `messages` are the two rooms' to read.

    `incidents` and `moments` oldest first; `incident` is the first of them.
    """

    server_time: datetime
    incident: IncidentView
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
