"""Does this access token let dispatch software in? Pure, like `idtoken`: keys, the pins and time come in.

RFC 9068, and stricter: our audience alone, the algorithm pinned, the client named in the settings, its own
subject and not a person's, a short life. The makes differ in where they put what: `AccessWays`. What the
provider says of an opaque token (`introspection`) is held to the same.

Whether who bears a bound token shows its certificate is not checked here: `binding`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from joserfc.jwk import KeySet

from crisislink.adapters.oidc.binding import bound_to
from crisislink.adapters.oidc.idtoken import LEEWAY_S, seconds
from crisislink.adapters.oidc.presets import Make
from crisislink.adapters.oidc.signature import verified
from crisislink.adapters.oidc.untrusted import Untrusted
from crisislink.flow.machines import Scope, VerifiedMachine

TOKEN_MAX = 8_192
LIFE_MAX_S = 3_600
_NAME_MAX = 255
TokenKind = Literal["jwt", "jwt+introspection", "opaque"]
_PERSONS_CLAIMS = ("nonce", "at_hash", "c_hash", "auth_time")  # of ID tokens, or of a person's sign-in


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessWays:
    """How a make of provider writes an access token for a client.

    Attributes:
        kinds: the header's `typ`.
        client: the claim that names the client.
        scopes: the claim that lists what it may do, as a string of words or a list.
        identifier: the claim that names the token.
        says: further claims that only a client's access token bears, with their values.
    """

    kinds: frozenset[str] = frozenset({"at+jwt"})
    client: str = "client_id"
    scopes: str = "scope"
    identifier: str = "jti"
    says: Mapping[str, str] = field(default_factory=dict)


ACCESS_WAYS: dict[Make, AccessWays] = {
    # its own `typ` in the payload tells access tokens from ID tokens; the header says JWT unless switched
    Make.KEYCLOAK: AccessWays(kinds=frozenset({"jwt", "at+jwt"}), client="azp", says={"typ": "Bearer"}),
    # application permissions are `roles`; the optional claim `idtyp` must be switched on
    Make.ENTRA: AccessWays(
        kinds=frozenset({"jwt", "at+jwt"}),
        client="azp",
        scopes="roles",
        identifier="uti",
        says={"idtyp": "app"},
    ),
    Make.ADFS: AccessWays(kinds=frozenset({"jwt", "at+jwt"}), client="appid", scopes="scp", identifier="jti"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineAccess:
    """Which machines of a provider may come, and what their tokens must say.

    `issuer` where access tokens bear another one than ID tokens (AD FS: `…/adfs/services/trust`);
    `clients`: what each client may be let do at most. `tokens`: read by us, by us and the provider, or by the
    provider alone. `bound`: only tokens that are bound to a certificate count.
    """

    issuer: str
    audience: str
    clients: Mapping[str, frozenset[Scope]]
    ways: AccessWays = AccessWays()
    tokens: TokenKind = "jwt"
    bound: bool = False


def machine(
    token: str, keys: KeySet, access: MachineAccess, algorithms: tuple[str, ...], *, now: datetime
) -> VerifiedMachine:
    """The client that a good access token proves.

    Raises:
        Untrusted: signature, algorithm or a claim is wrong.
    """
    found = verified(token, keys, algorithms)
    if found.kind not in access.ways.kinds:
        raise Untrusted("a token of another kind")
    claims, ways = found.claims, access.ways
    if claims.get("iss") != access.issuer:
        raise Untrusted("iss")
    if any(claims.get(name) != value for name, value in ways.says.items()):
        raise Untrusted("no access token of a client")
    for name in ("sub", ways.identifier):
        _text(claims, name)
    return _client(claims, access, ways.client, ways.scopes, now)


def introspected(answer: Mapping[str, Any], access: MachineAccess, *, now: datetime) -> VerifiedMachine:
    """The client that the provider says an active token is (RFC 7662, section 2.2).

    Raises:
        Untrusted: a member is wrong, or the token is a person's or no access token.
    """
    if answer.get("iss", access.issuer) != access.issuer:
        raise Untrusted("iss")
    kinds = {str(answer[name]).lower() for name in ("token_type", "typ") if name in answer}
    if not kinds <= {"bearer", "at+jwt"}:
        raise Untrusted("a token of another kind")
    found = _client(answer, access, "client_id", "scope", now)
    named = answer.get("username", answer.get("sub", found.client_id))
    if named not in {found.client_id, f"service-account-{found.client_id}"}:  # the latter is Keycloak's name
        raise Untrusted("a person's token")
    return found


def confirmed(found: VerifiedMachine, answer: Mapping[str, Any]) -> VerifiedMachine:
    """The client of a JWT that the provider, asked, still calls active; with no more scopes than it says.

    Raises:
        Untrusted: the provider speaks of another client.
    """
    if answer.get("client_id", found.client_id) != found.client_id:
        raise Untrusted("client_id")
    scopes = found.scopes & _scopes(answer["scope"]) if "scope" in answer else found.scopes
    return replace(found, scopes=scopes)


def _client(
    claims: Mapping[str, Any], access: MachineAccess, named: str, scoped: str, now: datetime
) -> VerifiedMachine:
    """A client that the settings name, that speaks for itself, to us, now."""
    if claims.get("aud") not in (access.audience, [access.audience]):
        raise Untrusted("aud")
    if any(name in claims for name in _PERSONS_CLAIMS):
        raise Untrusted("a person's token")
    if "act" in claims or "may_act" in claims:
        raise Untrusted("somebody acts for somebody else")
    issued_s = _issued_s(claims, now.timestamp())
    client = _text(claims, named)
    allowed = access.clients.get(client)
    if allowed is None:
        raise Untrusted("a client that the settings do not name")
    return VerifiedMachine(
        issuer=access.issuer,
        client_id=client,
        scopes=allowed & _scopes(claims.get(scoped)),
        issued_at=datetime.fromtimestamp(issued_s, UTC),
        bound_to=bound_to(claims),
    )


def _issued_s(claims: Mapping[str, Any], now_s: float) -> float:
    issued_s, ends_s = seconds(claims, "iat"), seconds(claims, "exp")
    if now_s >= ends_s + LEEWAY_S:
        raise Untrusted("exp")
    if issued_s > now_s + LEEWAY_S:
        raise Untrusted("iat")
    if "nbf" in claims and seconds(claims, "nbf") > now_s + LEEWAY_S:
        raise Untrusted("nbf")
    if not 0 < ends_s - issued_s <= LIFE_MAX_S + LEEWAY_S:
        raise Untrusted("a life that is too long")
    return issued_s


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _NAME_MAX or not value.isprintable():
        raise Untrusted(name)
    return value


def _scopes(said: object) -> frozenset[Scope]:
    words = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
    return frozenset(scope for scope in Scope if scope.value in words)
