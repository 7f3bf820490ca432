"""The one way in which a provider's answer fails to prove anything."""


class Untrusted(Exception):
    """The provider's answer does not prove who someone is. Never for the page.

    `why`: in our words, for the log. `theirs`: what came, for who examines the provider; it may be anything.
    """

    def __init__(self, why: str, theirs: str = "") -> None:
        super().__init__(f"{why}{theirs}")
        self.why = why.rstrip(" :")


class Unsigned(Untrusted):
    """No key we hold made this signature; perhaps one that was published a moment ago did."""
