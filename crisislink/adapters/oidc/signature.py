"""Did one of the provider's published keys sign this? The only place where a token becomes claims.

The algorithm is pinned by the profile and never taken from the token or the metadata. A key is tried only if
it bears the token's `kid` and makes signatures of that algorithm; several keys under one name are all tried.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from crisislink.adapters.oidc.untrusted import Unsigned, Untrusted

_KEYS_TRIED_MAX = 8


@dataclass(frozen=True, slots=True)
class Signed:
    """What a published key signed. Nothing about its meaning is checked yet."""

    algorithm: str
    kind: str | None
    claims: Mapping[str, Any]


def verified(token: str, keys: KeySet, algorithms: Collection[str]) -> Signed:
    """The claims of a signed token.

    Raises:
        Unsigned: no key that we hold signed it.
        Untrusted: it is no token, or signed in a way that is not accepted.
    """
    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise Untrusted("signature by ", f"{algorithm!r:.40}")
    for key in _candidates(keys, algorithm, header.get("kid")):
        try:
            found = jwt.decode(token, key, [algorithm])
        except BadSignatureError:
            continue
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Untrusted("signature: ", str(error)) from error
        return Signed(algorithm, _kind(header), found.claims)
    raise Unsigned("signature by none of the keys")


def _header(token: str) -> Mapping[str, Any]:
    """The protected header, before anything is believed."""
    try:
        return jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Untrusted("no signature, no token: ", str(error)) from error


def _kind(header: Mapping[str, Any]) -> str | None:
    """The media type of the header (`typ`), without prefix, in small letters (RFC 7515, section 4.1.9)."""
    kind = header.get("typ")
    return None if kind is None else str(kind).lower().removeprefix("application/")


def _candidates(keys: KeySet, algorithm: str, kid: object) -> list[Key]:
    fitting = [key for key in keys if makes(key, algorithm) and (kid is None or key.kid == kid)]
    return fitting[:_KEYS_TRIED_MAX]


def makes(key: Key, algorithm: str) -> bool:
    """Whether this key makes signatures of that algorithm."""
    if key.get("alg") not in {None, algorithm}:
        return False
    if algorithm == "ES256":
        return isinstance(key, ECKey) and key.curve_name == "P-256"
    return isinstance(key, RSAKey)
