"""What the API says of identity providers to those who administer them."""

from typing import Literal

from crisislink.core.actors import Role
from crisislink.web.models import Outgoing, PersonView


class FindingView(Outgoing):
    """One thing seen at one's own provider, and what to change there or here; nothing secret.

    `bad`: nobody can sign in so, or nobody should. `poor`: one can, with less safety.
    """

    provider: str
    what: str
    grade: Literal["good", "poor", "bad"]
    found: str
    advice_fr: str
    advice_en: str


class ClaimView(Outgoing):
    """One thing the provider says of a person."""

    name: str
    value: str


class TrialView(Outgoing):
    """What a test login showed: the claims, and who that would be here, in which roles.

    `refused`: why nobody would come in so. `person` null: nobody of the roster of one's organisation.
    `dated`: the provider says when they authenticated; `strong`: strongly enough to approve.
    """

    provider: str
    refused: str | None
    claims: list[ClaimView]
    person: PersonView | None
    roles: list[Role]
    dated: bool
    strong: bool
