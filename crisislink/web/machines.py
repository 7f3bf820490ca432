"""Who calls with `Authorization: Bearer …` (RFC 6750): dispatch software, never a browser's person.

One way on one request: a bearer beside our cookie is refused, and so are two bearers. A machine reaches only
operations that name a scope, and no cookie is ever set for it.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection, Request

from crisislink.core.actors import Actor
from crisislink.core.errors import Invalid, Reason, Unauthenticated
from crisislink.flow.machines import Scope, VerifiedMachine, machine_actor
from crisislink.flow.ports import Ports
from crisislink.web.front import shown_by

TOKEN_MAX = 8_192
MachineOf = Callable[[str, str | None], Awaitable[VerifiedMachine]]
"""From a token, and the thumbprint of the certificate shown with it, to the client that it proves."""


async def no_machine(token: str, shown: str | None) -> VerifiedMachine:
    """Where no provider vouches for machines.

    Raises:
        Unauthenticated: always (`BEARER`).
    """
    del token, shown
    raise Unauthenticated(Reason.BEARER)


def bears(connection: HTTPConnection) -> bool:
    """Whether the caller says that it is a machine. Then no cookie counts."""
    return "authorization" in connection.headers


async def machine_calling(
    ports: Ports, machine_of: MachineOf, request: Request, *, cookie: str
) -> tuple[Actor, frozenset[Scope]]:
    """The machine that calls, and what it is let do.

    Raises:
        Unauthenticated: no good token (`BEARER`), or without the certificate it is bound to (`CERTIFICATE`).
        Denied: the roster does not know it.
        Invalid: cookie and bearer on one request.
        Unavailable: the provider cannot be asked.
    """
    if cookie in request.cookies:
        raise Invalid(Reason.MALFORMED, field="Authorization")
    machine = await machine_of(bearer_of(request), shown_by(request))
    return await machine_actor(ports, machine), machine.scopes


def bearer_of(request: Request) -> str:
    """The token in the header.

    Raises:
        Unauthenticated: none, or more than one (`BEARER`).
    """
    sent = request.headers.getlist("authorization")
    scheme, _, token = "".join(sent[:1]).partition(" ")
    if len(sent) != 1 or scheme.lower() != "bearer" or not 0 < len(token) <= TOKEN_MAX:
        raise Unauthenticated(Reason.BEARER)
    return token
