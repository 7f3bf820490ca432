"""Who acts: organisation, person, role, habilitation.

The identity provider proves who someone is; a `Habilitation` in force proves what they may do. An `Actor`
is a *verified* value: only `Actor.of` makes one, and only from habilitations in force at that instant.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from crisislink.core.errors import Denied, Reason
from crisislink.core.ids import HabilitationId, OrganisationId, PersonId, SessionId


class Side(StrEnum):
    """On which side of the convention an organisation stands."""

    HOSPITAL = "hospital"
    CITY = "city"
    OVERSIGHT = "oversight"


class Role(StrEnum):
    """What a habilitation allows; `core.policy` says what each may do."""

    REGULATOR = "regulator"
    SAMU_SUPERVISOR = "samu_supervisor"
    CAMERA_OPERATOR = "camera_operator"
    ROOM_SUPERVISOR = "room_supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    DISPATCH_SYSTEM = "dispatch_system"

    @property
    def sides(self) -> frozenset[Side]:
        """The sides on which this role exists."""
        return _SIDES[self]


_SIDES = {
    Role.REGULATOR: frozenset({Side.HOSPITAL}),
    Role.SAMU_SUPERVISOR: frozenset({Side.HOSPITAL}),
    Role.CAMERA_OPERATOR: frozenset({Side.CITY}),
    Role.ROOM_SUPERVISOR: frozenset({Side.CITY}),
    Role.AUDITOR: frozenset({Side.OVERSIGHT}),
    Role.ADMINISTRATOR: frozenset({Side.HOSPITAL, Side.CITY}),
    Role.DISPATCH_SYSTEM: frozenset({Side.HOSPITAL}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A hospital, a city or the commission. `phone` is what the other side is told to call."""

    id: OrganisationId
    name: str
    short_name: str
    side: Side
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A named person; `issuer` and `subject` are what their identity provider calls them."""

    id: PersonId
    organisation: OrganisationId
    issuer: str
    subject: str
    display_name: str
    post: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Habilitation:
    """A named person may act in a role, designated by someone, by an act, from a date to a date."""

    id: HabilitationId
    person: PersonId
    role: Role
    designated_by: str
    act: str
    valid_from: datetime
    valid_until: datetime
    withdrawn_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """The first instant no longer in force: `valid_until` or the withdrawal."""
        return self.valid_until if self.withdrawn_at is None else min(self.valid_until, self.withdrawn_at)

    def in_force(self, now: datetime) -> bool:
        """True from `valid_from` (included) to `ends_at` (excluded)."""
        return self.valid_from <= now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person with the roles in force now. Build it with `of`, never by hand outside tests.

    `authenticated_at`: when they last proved who they are, as strongly as approving needs; None: not known.
    """

    person: Person
    organisation: Organisation
    roles: frozenset[Role]
    session: SessionId | None
    authenticated_at: datetime | None

    @classmethod
    def of(
        cls,
        person: Person,
        organisation: Organisation,
        habilitations: Iterable[Habilitation],
        *,
        now: datetime,
        session: SessionId | None,
        authenticated_at: datetime | None,
        within: Collection[Role] = frozenset(Role),
    ) -> Self:
        """The actor a person is at `now`; `within`: no other roles than these.

        Raises:
            Denied: no habilitation in force for such a role that exists on this organisation's side.
        """
        roles = frozenset(
            h.role
            for h in habilitations
            if h.person == person.id
            and h.in_force(now)
            and organisation.side in h.role.sides
            and h.role in within
        )
        if not roles or person.organisation != organisation.id:
            raise Denied(Reason.NO_HABILITATION)
        return cls(
            person=person,
            organisation=organisation,
            roles=roles,
            session=session,
            authenticated_at=authenticated_at,
        )

    def has(self, *roles: Role) -> bool:
        """Whether one of `roles` is held."""
        return not self.roles.isdisjoint(roles)
