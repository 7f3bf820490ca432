"""What the web asks of identity providers beyond signing in; `adapters.oidc.standing` answers."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, Protocol


class Look(Protocol):
    """One thing seen at a provider, with words to act on in both languages."""

    @property
    def what(self) -> str: ...

    @property
    def grade(self) -> Literal["good", "poor", "bad"]: ...

    @property
    def found(self) -> str: ...

    @property
    def fr(self) -> str: ...

    @property
    def en(self) -> str: ...


class Identity(Protocol):
    """The identity providers, watched."""

    def down_since(self, provider: str) -> datetime | None:
        """Since when the provider of this id does not answer; None while it does, or is not known to."""
        ...

    def examine(self, issuer: str) -> AsyncIterator[tuple[str, Look]]:
        """All that can be seen of this issuer's providers, by their ids."""
        ...


class Unwatched:
    """No provider is watched: a process without any, as in tests of other parts."""

    def down_since(self, provider: str) -> datetime | None:
        """Never known to be down."""
        del provider
        return None

    async def examine(self, issuer: str) -> AsyncIterator[tuple[str, Look]]:
        """Nothing to see."""
        del issuer
        return
        yield
