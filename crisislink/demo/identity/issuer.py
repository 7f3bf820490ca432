"""One issuer: Authlib's authorization server with code grant, PKCE and ID tokens, kept in memory.

Codes live 60 seconds and are used up by the first attempt, good or bad; a replayed code also revokes the
token it once gave (RFC 6749, section 10.5). Keys are made at start and die with the process.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    AuthorizationCodeGrant,
    AuthorizationServer,
    ClientCredentialsGrant,
    InvalidRequestError,
    InvalidScopeError,
)
from authlib.oauth2.rfc6750 import BearerTokenGenerator  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]
from authlib.oidc.core.grants import OpenIDCode  # type: ignore[import-untyped]
from authlib.oidc.rpinitiated import EndSessionEndpoint  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse, Response

from crisislink.demo.identity.messages import ACR, AccessToken, Ask, Code, Login
from crisislink.demo.identity.settings import SCOPES, IssuerConfig, RelyingParty
from crisislink.demo.people import DemoPerson
from crisislink.flow.machines import Scope
from crisislink.flow.ports import Clock

ALGORITHM = "RS256"
CODE_TTL_S = 60.0
TOKEN_TTL_S = 300


class Issuer(AuthorizationServer):  # type: ignore[misc]
    """One issuer's protocol side. Pages and cookies are `app.py`."""

    def __init__(self, config: IssuerConfig, identifier: str, clock: Clock) -> None:
        super().__init__(scopes_supported=sorted(SCOPES | set(Scope)))
        self.config = config
        self.identifier = identifier
        self.clock = clock
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": "sig", "alg": ALGORITHM})
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, AccessToken] = {}
        self.spent: dict[str, str] = {}
        self._clients = {client.client_id: client for client in config.clients}
        self.register_grant(_CodeGrant, [_OpenId(self), _Strict(required=True)])
        self.register_grant(_MachineGrant)
        self.register_token_generator("client_credentials", self._machine_token)
        self.register_endpoint(_EndSession(self))
        bearer = BearerTokenGenerator(
            lambda **_: secrets.token_urlsafe(32), expires_generator=lambda *_: TOKEN_TTL_S
        )
        self.register_token_generator("default", bearer)

    def jwks(self) -> dict[str, Any]:
        """The public keys, as published."""
        return {"keys": [self.key.as_dict(private=False)]}

    def metadata(self) -> dict[str, object]:
        """OpenID Connect Discovery 1.0, section 3."""
        at = self.identifier
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/jwks",
            "end_session_endpoint": f"{at}/logout",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": sorted(SCOPES),
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "name"],
            "acr_values_supported": [ACR],
            "prompt_values_supported": ["none", "login", "select_account"],
            "authorization_response_iss_parameter_supported": True,
            "ui_locales_supported": ["fr", "en"],
        }

    def user_info(self, access_token: str) -> dict[str, str] | None:
        """What the bearer of this token may know, while it is good."""
        kept = self.tokens.get(access_token)
        if kept is None or self.clock.boot_s() >= kept.until_s:
            return None
        return user_info(kept.person, kept.scope)

    def _machine_token(self, *, client: RelyingParty, scope: str, **_: object) -> dict[str, object]:
        """RFC 9068: an access token of a client that speaks for itself."""
        now_s = int(self.clock.now().timestamp())
        claims = {
            "iss": self.identifier,
            "aud": client.audience,
            "sub": client.client_id,
            "client_id": client.client_id,
            "scope": scope,
            "jti": secrets.token_urlsafe(16),
            "iat": now_s,
            "exp": now_s + TOKEN_TTL_S,
        }
        header = {"alg": ALGORITHM, "kid": self.key.kid, "typ": "at+jwt"}
        token = jwt.encode(header, claims, self.key)
        return {"token_type": "Bearer", "access_token": token, "expires_in": TOKEN_TTL_S, "scope": scope}

    def take_code(self, code: str) -> Code | None:
        """The code, once. A second attempt revokes what the first one got."""
        if (revoked := self.spent.get(code)) is not None:
            self.tokens.pop(revoked, None)
        found = self.codes.pop(code, None)
        if found is None or self.clock.boot_s() >= found.until_s:
            return None
        return found

    def query_client(self, client_id: str) -> RelyingParty | None:
        """See `AuthorizationServer`."""
        return self._clients.get(client_id)

    def save_token(self, token: Mapping[str, str], request: Ask) -> None:
        """See `AuthorizationServer`."""
        if request.user is None:
            return  # a machine's: it says all it is good for itself
        now_s = self.clock.boot_s()
        self.tokens = {t: kept for t, kept in self.tokens.items() if now_s < kept.until_s}
        self.tokens[token["access_token"]] = AccessToken(
            request.user.person, request.authorization_code.scope, now_s + TOKEN_TTL_S
        )
        self.spent = {c: t for c, t in self.spent.items() if t in self.tokens}
        self.spent[request.authorization_code.code] = token["access_token"]

    def create_oauth2_request(self, request: Ask) -> Ask:
        """See `AuthorizationServer`: `app.py` made it already."""
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """See `AuthorizationServer`: nobody listens."""

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> Response:
        """See `AuthorizationServer`."""
        response = JSONResponse(body, status) if isinstance(body, dict) else Response(str(body), status)
        response.headers.update(dict(headers))
        return response


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012 - Authlib's declaration

    def save_authorization_code(self, code: str, request: Ask) -> None:
        issuer: Issuer = self.server
        now_s, asked = issuer.clock.boot_s(), request.payload.data
        issuer.codes = {c: kept for c, kept in issuer.codes.items() if now_s < kept.until_s}
        issuer.codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=asked["nonce"],
            code_challenge=asked["code_challenge"],
            code_challenge_method=asked["code_challenge_method"],
            login=request.user,
            until_s=now_s + CODE_TTL_S,
        )

    def query_authorization_code(self, code: str, client: RelyingParty) -> Code | None:
        found: Code | None = self.server.take_code(code)
        return found if found is not None and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Taken already."""

    def authenticate_user(self, authorization_code: Code) -> Login:
        return authorization_code.login


class _MachineGrant(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012 - Authlib's declaration


class _Strict(CodeChallenge):  # type: ignore[misc]
    """OpenID Connect and PKCE with S256, always: Authlib alone asks it of public clients only."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 - Authlib's declaration

    def validate_code_challenge(self, grant: _CodeGrant, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if "openid" not in asked.get("scope", "").split():
            raise InvalidScopeError("The scope openid is required.")
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


class _OpenId(OpenIDCode):  # type: ignore[misc]
    def __init__(self, issuer: Issuer) -> None:
        super().__init__(require_nonce=True)
        self._issuer = issuer

    def exists_nonce(self, nonce: str, request: Ask) -> bool:
        now_s, client_id = self._issuer.clock.boot_s(), request.payload.client_id
        live = (c for c in self._issuer.codes.values() if now_s < c.until_s)
        return any(c.nonce == nonce and c.client_id == client_id for c in live)

    def resolve_client_private_key(self, client: RelyingParty) -> RSAKey:
        del client
        return self._issuer.key

    def get_client_algorithm(self, client: RelyingParty) -> str:
        del client
        return ALGORITHM

    def get_encode_header(self, client: RelyingParty) -> dict[str, str | None]:
        del client
        return {"alg": ALGORITHM, "kid": self._issuer.key.kid}

    def get_client_claims(self, client: RelyingParty) -> dict[str, object]:
        now_s = int(self._issuer.clock.now().timestamp())
        return {
            "iss": self._issuer.identifier,
            "aud": client.client_id,
            "iat": now_s,
            "exp": now_s + TOKEN_TTL_S,
        }

    def generate_user_info(self, user: Login, scope: str) -> dict[str, str]:
        return user_info(user.person, scope)


class _EndSession(EndSessionEndpoint):  # type: ignore[misc]
    def get_server_jwks(self) -> KeySet:
        return KeySet([self.server.key])

    def _validate_id_token_hint(self, id_token_hint: str) -> dict[str, object]:
        """Ours, however old. Authlib's own check reads the machine's clock instead of the injected one."""
        try:
            claims = jwt.decode(id_token_hint, self.get_server_jwks(), algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError) as error:
            raise InvalidRequestError("id_token_hint is not ours.") from error
        if claims.get("iss") != self.server.identifier:
            raise InvalidRequestError("id_token_hint is not ours.")
        return dict(claims)

    def end_session(self, end_session_request: object) -> None:
        """The session is a cookie's: `app.py` ends it."""


def user_info(person: DemoPerson, scope: str) -> dict[str, str]:
    """What the scopes say about a person. Never a role: roles are the service's own roster."""
    return {"sub": person.subject} | ({"name": person.name} if "profile" in scope.split() else {})
