"""What a review looks like in the API."""

from datetime import datetime

from crisislink.core.review import Step
from crisislink.web.models import (
    CameraView,
    CrisisView,
    GrantView,
    Id,
    IncidentView,
    MessageView,
    Outgoing,
    PersonView,
    RequestView,
)


class MomentView(Outgoing):
    """One line of the timeline. `actor` None: the clock, or a rule. `took_s`: from asking to the answer.

    `relieved`: whoever passed the incident on to `actor`; the city is not told.
    """

    at: datetime
    step: Step
    actor: Id | None
    request: Id | None
    grant: Id | None
    cameras: list[Id]
    message: Id | None
    took_s: float | None
    declaration: Id | None
    relieved: Id | None


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
    """An incident afterwards. `moments` oldest first; the texts of `messages` are the two rooms' to read."""

    server_time: datetime
    incident: IncidentView
    figures: FiguresView
    moments: list[MomentView]
    requests: list[RequestView]
    grants: list[GrantView]
    looks: list[LookView]
    messages: list[MessageView]
    persons: list[PersonView]
    cameras: list[CameraView]
    crises: list[CrisisView]
