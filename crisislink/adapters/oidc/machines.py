"""Whose access token is this? Each provider that vouches for machines checks those that name it as issuer."""

import json
import logging
from collections.abc import Iterable

from joserfc import jws
from joserfc.errors import JoseError

from crisislink.adapters.oidc.accesstoken import TOKEN_MAX
from crisislink.adapters.oidc.client import OidcClient
from crisislink.core.errors import Reason, Unauthenticated
from crisislink.flow.machines import VerifiedMachine

_log = logging.getLogger(__name__)


class Machines:
    """The providers that vouch for dispatch software."""

    def __init__(self, clients: Iterable[OidcClient]) -> None:
        self._clients = {c.profile.machines.issuer: c for c in clients if c.profile.machines is not None}

    async def verified(self, token: str) -> VerifiedMachine:
        """The client that the token proves.

        Raises:
            Unauthenticated: none (`BEARER`); our log says why.
            Unavailable: the provider's keys cannot be had.
        """
        client = self._clients.get(_named_issuer(token))
        if client is None:
            _log.info("access token of no provider that vouches for machines")
            raise Unauthenticated(Reason.BEARER)
        return await client.machine(token)


def _named_issuer(token: str) -> str:
    """Whom the token names. Nothing is believed yet: it only says whose keys to try."""
    if len(token) > TOKEN_MAX:
        return ""
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload or b"{}")
    except (JoseError, ValueError, TypeError, RecursionError):
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else ""
