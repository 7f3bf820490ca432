"""Words between the two rooms of a grant: a text is read, a wish is answered with done or cannot.

    TEXT   sent ──kept time over──▶ erased
    WISH   sent ──▶ done | cannot(obstacle) ──kept time over──▶ erased

A conversation is its grant's: it begins and ends with it. The register keeps who wrote when, and a commitment
to the words; the words and the salt of the commitment stand beside it and are erased together. Nothing here
moves a camera.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera, Mounting
from crisislink.core.errors import Conflict, Expired, Invalid, Reason
from crisislink.core.events import MessageAnswered, MessageSent, MessagesErased
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, GrantId, MessageId, OrganisationId, PersonId
from crisislink.core.talkrules import MessageKind


class Answer(StrEnum):
    """What became of a wish."""

    DONE = "done"
    CANNOT = "cannot"


class Obstacle(StrEnum):
    """Why a wish cannot be met. None of them tells the hospital what the police do."""

    NEEDED = "needed"  # the police need the camera as it stands
    OUT_OF_REACH = "out_of_reach"
    MASK = "mask"  # there, its mask would have to be validated anew
    CAMERA_DOWN = "camera_down"
    UNCLEAR = "unclear"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Words:
    """What was said. `salt` is random, for this message alone; `template`: the code of ready words."""

    text: str
    salt: str
    template: str | None = None

    def __repr__(self) -> str:
        """Never the text: this may stand in a log."""
        return "Words(…)"

    @property
    def commitment(self) -> str:
        """SHA-256 (hex) of salt, line feed and text: binds to the words, and hides them without the salt."""
        return hashlib.sha256(f"{self.salt}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing said. `words` None: erased. `camera` None: it is about the grant as a whole."""

    id: MessageId
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    camera: CameraId | None
    author: PersonId
    organisation: OrganisationId
    kind: MessageKind
    words: Words | None = field(repr=False)
    sent_at: datetime
    answer: Answer | None = None
    obstacle: Obstacle | None = None
    answered_by: PersonId | None = None
    answered_at: datetime | None = None
    version: int = 1


def require_open(grant: Grant, camera: CameraId | None, *, now: datetime) -> None:
    """The conversation goes on: the grant is live, and never lacked this camera.

    Raises:
        Expired: the grant is over.
        NotFound: the grant never held the camera.
    """
    if camera is not None:
        grant.view(camera)
    if not grant.state.live or now >= grant.ends_at:
        raise Expired(Reason.GRANT_OVER)


def send(
    grant: Grant,
    actor: Actor,
    *,
    id: MessageId,
    kind: MessageKind,
    camera: Camera | None,
    words: Words,
    now: datetime,
) -> tuple[Message, MessageSent]:
    """A text, or a wish about one camera.

    Raises:
        Expired: the grant is over; for a wish, also its camera's view.
        Invalid: a wish without a camera (`MALFORMED`), or for one that cannot be moved (`CAMERA_FIXED`).
        NotFound: the grant never held the camera.
    """
    require_open(grant, None if camera is None else camera.id, now=now)
    if kind is MessageKind.WISH:
        _check_wish(grant, camera)
    message = Message(
        id=id,
        grant=grant.id,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        camera=None if camera is None else camera.id,
        author=actor.person.id,
        organisation=actor.organisation.id,
        kind=kind,
        words=words,
        sent_at=now,
    )
    event = MessageSent(
        message=id,
        grant=grant.id,
        camera=message.camera,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=actor.person.id,
        category=kind.value,
        sha256=words.commitment,
        exercise=grant.exercise,
    )
    return message, event


def _check_wish(grant: Grant, camera: Camera | None) -> None:
    if camera is None:
        raise Invalid(Reason.MALFORMED, field="camera")
    if camera.mounting is not Mounting.PTZ:
        raise Invalid(Reason.CAMERA_FIXED, field="camera", camera=camera.name)
    if grant.view(camera.id).ended_at is not None:
        raise Expired(Reason.GRANT_OVER)


def answer(
    message: Message, grant: Grant, actor: Actor, said: Answer, obstacle: Obstacle | None, *, now: datetime
) -> tuple[Message, MessageAnswered | None]:
    """The wish, answered. The same answer by the same person again is a no-op; the first answer stands.

    Raises:
        Conflict: somebody answered before (`ALREADY_ANSWERED`).
        Expired: the grant is over.
        Invalid: not a wish, or an obstacle where none belongs, or none where one does.
    """
    if message.kind is not MessageKind.WISH or (obstacle is None) != (said is Answer.DONE):
        raise Invalid(Reason.MALFORMED, field="obstacle" if message.kind is MessageKind.WISH else "message")
    if message.answer is not None:
        if (message.answer, message.obstacle, message.answered_by) == (said, obstacle, actor.person.id):
            return message, None
        raise Conflict(Reason.ALREADY_ANSWERED)
    require_open(grant, message.camera, now=now)
    answered = replace(
        message,
        answer=said,
        obstacle=obstacle,
        answered_by=actor.person.id,
        answered_at=now,
        version=message.version + 1,
    )
    event = MessageAnswered(
        message=message.id,
        grant=message.grant,
        camera=message.camera,
        beneficiary=message.beneficiary,
        owner=message.owner,
        actor=actor.person.id,
        answer=said.value,
        obstacle=None if obstacle is None else obstacle.value,
        exercise=grant.exercise,
    )
    return answered, event


def kept(grant: Grant, kept_for: timedelta, *, now: datetime) -> bool:
    """Whether the words of this grant's messages may still be read: so long after access ended."""
    return grant.ending_at is None or now < grant.ending_at + kept_for


def without_words(message: Message) -> Message:
    """As it is shown to who may know that something was said, and not what."""
    return replace(message, words=None)


def erase(grant: Grant, messages: list[Message]) -> tuple[list[Message], MessagesErased]:
    """The words of these messages of the grant are forgotten; that they were sent stays."""
    event = MessagesErased(
        grant=grant.id,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        messages=tuple(message.id for message in messages),
        exercise=grant.exercise,
    )
    return [replace(message, words=None, version=message.version + 1) for message in messages], event
