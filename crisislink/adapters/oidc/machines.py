"""Whose access token is this? Each provider that vouches for machines checks those that name it as issuer.

A token that names nobody is opaque: one provider may give such tokens, since to ask several would hand one
organisation's token to another.
"""

import json
import logging
import re
from collections.abc import Iterable

from joserfc import jws
from joserfc.errors import JoseError

from crisislink.adapters.oidc.accesstoken import TOKEN_MAX
from crisislink.adapters.oidc.client import OidcClient
from crisislink.core.errors import Reason, Unauthenticated
from crisislink.flow.machines import VerifiedMachine

_OPAQUE = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, section 2.1
_log = logging.getLogger(__name__)


class Machines:
    """The providers that vouch for dispatch software."""

    def __init__(self, clients: Iterable[OidcClient]) -> None:
        vouching = [(c.profile.machines, c) for c in clients if c.profile.machines is not None]
        self._clients = {access.issuer: client for access, client in vouching}
        opaque = [client for access, client in vouching if access.tokens == "opaque"]
        assert len(opaque) <= 1, "the settings allow one"
        self._opaque = next(iter(opaque), None)

    async def verified(self, token: str, shown: str | None) -> VerifiedMachine:
        """The client that the token proves.

        Args:
            token: as it came.
            shown: the thumbprint of the certificate that the caller showed in TLS, if there was one.

        Raises:
            Unauthenticated: none (`BEARER`), or not to who bears it (`CERTIFICATE`); our log says why.
            Unavailable: the provider cannot be asked (`TOKEN_CHECK`).
        """
        client = self._whose(token)
        if client is None:
            _log.info("access token of no provider that vouches for machines")
            raise Unauthenticated(Reason.BEARER)
        return await client.machine(token, shown)

    def _whose(self, token: str) -> OidcClient | None:
        """Nothing is believed yet: a name only says whose keys to try."""
        if len(token) > TOKEN_MAX:
            return None
        try:
            payload = jws.extract_compact(token.encode()).payload
        except (JoseError, ValueError, TypeError, RecursionError):
            return self._opaque if _OPAQUE.fullmatch(token) else None
        return self._clients.get(_issuer(payload))


def _issuer(payload: bytes | None) -> str:
    try:
        claims = json.loads(payload or b"{}")
    except (ValueError, RecursionError):
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else ""
