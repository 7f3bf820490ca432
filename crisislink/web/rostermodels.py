"""What the API says and hears of the roster of habilitations.

Days are written as in a file (`core.days`): `2026-11-23`, the last one included, in Europe/Paris.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, StringConstraints

from crisislink.core.actors import Role
from crisislink.core.roster import Outcome
from crisislink.core.rosterfile import FILE_MAX_BYTES, MAX_CHARS, Column
from crisislink.web.models import Id, Incoming, Outgoing, RowErrorView

FILE_BODY_MAX_BYTES = FILE_MAX_BYTES * 4 // 3 + 4_096
_Cell = Annotated[str, StringConstraints(max_length=max(MAX_CHARS.values()))]
_Reference = Annotated[str, StringConstraints(min_length=1, max_length=16)]
Standing = Literal["future", "in_force", "ended", "withdrawn"]


class HabilitationView(Outgoing):
    """A habilitation. `valid_until` is the first instant at which it no longer holds."""

    id: str
    person: Id
    role: Role
    designated_by: str
    act: str
    valid_until: datetime
    first_day: str
    last_day: str
    withdrawn_at: datetime | None
    standing: Standing


class MemberView(Outgoing):
    """A person of the roster. `bound`: their provider's name for them is known, so they can sign in."""

    id: Id
    name: str
    post: str
    bound: bool


class RosterView(Outgoing):
    """An organisation's roster, and the roles that may be given there."""

    organisation: Id
    roles: list[Role]
    today: str
    members: list[MemberView]
    habilitations: list[HabilitationView]


class NewHabilitation(Incoming):
    """One more, for a person of the roster (`person`), or by name as a line of a file would."""

    person: Id | None = None
    name: _Cell = ""
    post: _Cell = ""
    identifier: _Cell = ""
    role: Role
    designated_by: _Cell
    act: _Cell
    first_day: _Cell
    last_day: _Cell


class NewEnd(Incoming):
    """Another last day. `was`: `valid_until` as it was seen."""

    last_day: _Cell
    was: datetime


class NewcomerView(Outgoing):
    """An identity that was proven and is not in the roster. `name`: what its provider says, to compare."""

    reference: str
    name: str | None


class Binding(Incoming):
    """Who a refused sign-in was."""

    reference: _Reference


class RosterFile(Incoming):
    """A CSV file as it is, base64."""

    content: Annotated[Base64Bytes, Field(max_length=FILE_BODY_MAX_BYTES)]


class ConfirmedFile(RosterFile):
    """The same file again, and what its preview was called."""

    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PlanLine(Outgoing):
    """One line as it was read, and what it would do; `outcome` null: something is to be corrected."""

    line: int
    cells: dict[Column, str]
    role: Role | None
    first_day: str | None
    last_day: str | None
    outcome: Outcome | None
    errors: list[RowErrorView]


class PlanView(Outgoing):
    """What a file would do. `digest` names exactly that; nothing is written before it is sent back."""

    digest: str
    lines: list[PlanLine]
    persons: int
    given: int
    unchanged: int
    wrong: int


class ImportedView(Outgoing):
    """What a confirmed file did."""

    persons: int
    given: int
