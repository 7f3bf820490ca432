"""What the API says of identity providers to those who administer them."""

from typing import Literal

from crisislink.web.models import Outgoing


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
