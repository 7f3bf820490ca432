"""Is this access token in the hands it was given to? Certificate-bound tokens (RFC 8705, section 3). Pure.

The provider wrote the thumbprint of the client's certificate into the token (`cnf`, RFC 7800); who calls must
have shown that certificate in TLS (who says that they did: `web/front`). Any other way of binding (`jkt`,
RFC 9449) is refused: its proof is not looked at.
"""

import re
from collections.abc import Mapping
from typing import Any

from crisislink.adapters.oidc.untrusted import Untrusted

_MEMBER = "x5t#S256"
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


class Unbound(Untrusted):
    """The token is good, and whoever bears it did not show the certificate that it is bound to."""


def bound_to(claims: Mapping[str, Any]) -> str | None:
    """The thumbprint of the one certificate the token is for; None: for any bearer.

    SHA-256 of the DER, base64url.

    Raises:
        Untrusted: bound in a way whose proof we do not see.
    """
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    if not isinstance(confirmation, dict) or confirmation.keys() != {_MEMBER}:
        raise Untrusted("bound to a key whose proof we do not see")
    thumbprint = confirmation[_MEMBER]
    if not isinstance(thumbprint, str) or not _THUMBPRINT.fullmatch(thumbprint):
        raise Untrusted("cnf")
    return thumbprint


def check_hands(bound: str | None, shown: str | None, *, required: bool) -> None:
    """Whether who calls may use the token.

    Args:
        bound: what the token is bound to.
        shown: the thumbprint of the certificate that was shown.
        required: tokens for any bearer do not count.

    Raises:
        Unbound: it is bound to another certificate, or should be bound and is not.
    """
    if bound is None and required:
        raise Unbound("a token for any bearer, where the profile wants it bound to a certificate")
    if bound is not None and bound != shown:
        raise Unbound("bound to a certificate that was not shown" if shown is None else "another certificate")
