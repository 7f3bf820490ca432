"""An identity provider that lies as the test tells it to.

Real HTTP on loopback, honest until a field is changed. It never shows a page: the test plays the browser.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from crisislink.flow.ports import Clock

Claims = dict[str, Any]
Answer = Callable[[Request], Awaitable[Response]]
CLIENT_ID = "crisislink"


@cache
def rsa(name: str) -> RSAKey:
    """A key of this name, made once: each takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": name.partition("/")[0], "use": "sig"})


@cache
def curve(name: str) -> ECKey:
    """The same on a curve."""
    return ECKey.generate_key("P-256", {"kid": name.partition("/")[0], "use": "sig"})


def published(*keys: RSAKey | ECKey) -> list[dict[str, Any]]:
    """Their public parts, as a provider publishes them."""
    return [dict(key.as_dict(private=False)) for key in keys]


def unsigned(claims: Claims) -> str:
    """`alg: none`."""
    parts = (json.dumps({"alg": "none"}), json.dumps(claims))
    return ".".join(base64.urlsafe_b64encode(p.encode()).rstrip(b"=").decode() for p in parts) + "."


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]


class LyingProvider:
    """Honest until a field is changed.

    `change` alters an ID token's claims, `sign` its signature, `more` what userinfo says; `instead` answers
    for tokens, `answers` for any path. `asked` counts requests by path, `seen` keeps them.
    """

    def __init__(self, issuer: str, clock: Clock) -> None:
        self.issuer = issuer
        self.path = urlsplit(issuer).path
        self.clock = clock
        self.key: RSAKey | ECKey = rsa("first")
        self.published = published(self.key)
        self.metadata: dict[str, object] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "end_session_endpoint": f"{issuer}/logout",
            "jwks_uri": f"{issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "none"],
        }
        self.nonce: str | None = ""
        self.change: Callable[[Claims], None] = lambda _: None
        self.sign: Callable[[Claims], str | None] = self.signed
        self.more: Claims = {"sub": "someone", "name": "Dr L. Fabre"}
        self.inform: Callable[[Claims], Response] = JSONResponse
        self.instead: tuple[int, bytes] | None = None
        self.answers: dict[str, Answer] = {}
        self.asked: dict[str, int] = {}
        self.seen: list[Seen] = []

    def signed(self, claims: Claims) -> str:
        """As it should be."""
        return self.signed_by(self.key, claims)

    def signed_by(self, key: RSAKey | ECKey, claims: Claims, **header: object) -> str:
        """By a key of the test's choice; a header of None is left out."""
        algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
        full = {"alg": algorithm, "kid": key.kid} | header
        said = {name: value for name, value in full.items() if value is not None}
        return jws.serialize_compact(said, json.dumps(claims), key, [algorithm])

    def claims(self) -> Claims:
        """Good ones, then changed."""
        now_s = int(self.clock.now().timestamp())
        claims: Claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "someone",
            "iat": now_s,
            "exp": now_s + 300,
        }
        if self.nonce is not None:
            claims["nonce"] = self.nonce
        self.change(claims)
        return claims

    def last(self, path: str) -> Seen:
        """The last request to a path."""
        return next(seen for seen in reversed(self.seen) if seen.path == path)

    def app(self) -> Starlette:
        """Its routes."""
        routes = Router(
            [
                Route("/.well-known/openid-configuration", self._served(self._metadata)),
                Route("/.well-known/wallet-openid-configuration", self._served(self._metadata)),
                Route("/jwks", self._served(self._jwks)),
                Route("/token", self._served(self._token), methods=["POST"]),
                Route("/userinfo", self._served(self._userinfo), methods=["GET", "POST"]),
                Route("/par", self._served(self._pushed), methods=["POST"]),
                Route("/{elsewhere:path}", self._served(self._elsewhere), methods=["GET", "POST"]),
            ]
        )
        return Starlette(routes=[Mount(self.path, routes)])

    def _served(self, honest: Answer) -> Answer:
        async def answer(request: Request) -> Response:
            path = request.url.path.removeprefix(self.path)
            self.asked[path] = self.asked.get(path, 0) + 1
            form = {name: str(value) for name, value in (await request.form()).items()}
            self.seen.append(Seen(path, form, dict(request.headers)))
            return await self.answers.get(path, honest)(request)

        return answer

    async def _metadata(self, _: Request) -> Response:
        return JSONResponse(self.metadata)

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": self.published})

    async def _token(self, _: Request) -> Response:
        if self.instead is not None:
            return Response(self.instead[1], self.instead[0], media_type="application/json")
        answer = {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "refresh_token": "rt"}
        id_token = self.sign(self.claims())
        return JSONResponse(answer | ({} if id_token is None else {"id_token": id_token}))

    async def _userinfo(self, _: Request) -> Response:
        return self.inform(self.more)

    async def _pushed(self, _: Request) -> Response:
        return JSONResponse({"request_uri": "urn:question:1", "expires_in": 60}, 201)

    async def _elsewhere(self, _: Request) -> Response:
        return Response("no such place", 404)
