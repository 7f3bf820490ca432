"""The one way in which a provider's answer fails to prove anything."""


class Untrusted(Exception):
    """The provider's answer does not prove who someone is. The text is for our log, never for the page."""


class Unsigned(Untrusted):
    """No key we hold made this signature; perhaps one that was published a moment ago did."""
