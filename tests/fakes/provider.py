"""An identity provider that lies as the test tells it to."""

import base64
import json
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crisislink.flow.ports import Clock

Claims = dict[str, Any]


class LyingProvider:
    """Honest until a field is changed. `asked` counts requests by path; `instead` answers for tokens."""

    def __init__(self, issuer: str, clock: Clock) -> None:
        self.issuer = issuer
        self.clock = clock
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.published: list[dict[str, Any]] = [self.key.as_dict(private=False)]
        self.metadata: dict[str, object] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "none"],
        }
        self.nonce = ""
        self.change: Callable[[Claims], None] = lambda _: None
        self.sign: Callable[[Claims], str | None] = self.signed
        self.instead: tuple[int, bytes] | None = None
        self.asked: dict[str, int] = {}

    def signed(self, claims: Claims) -> str:
        """As it should be."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: Claims) -> str:
        """`alg: none`."""
        parts = (json.dumps({"alg": "none"}), json.dumps(claims))
        return ".".join(base64.urlsafe_b64encode(p.encode()).rstrip(b"=").decode() for p in parts) + "."

    def claims(self) -> Claims:
        """Good ones, then changed."""
        now_s = int(self.clock.now().timestamp())
        claims: Claims = {
            "iss": self.issuer,
            "aud": "crisislink",
            "sub": "someone",
            "iat": now_s,
            "exp": now_s + 300,
            "nonce": self.nonce,
        }
        self.change(claims)
        return claims

    def app(self) -> Starlette:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _metadata(self, request: Request) -> Response:
        self._count(request)
        return JSONResponse(self.metadata)

    async def _jwks(self, request: Request) -> Response:
        self._count(request)
        return JSONResponse({"keys": self.published})

    async def _token(self, request: Request) -> Response:
        self._count(request)
        if self.instead is not None:
            return Response(self.instead[1], self.instead[0], media_type="application/json")
        answer = {"access_token": "at", "token_type": "Bearer", "expires_in": 60}
        id_token = self.sign(self.claims())
        return JSONResponse(answer | ({} if id_token is None else {"id_token": id_token}))

    def _count(self, request: Request) -> None:
        self.asked[request.url.path] = self.asked.get(request.url.path, 0) + 1
