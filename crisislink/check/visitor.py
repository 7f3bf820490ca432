"""A person at a browser, without one: signs in on the identity provider's own pages, then calls the API."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from crisislink.check.report import Failed

_HOPS = 12


class _Forms(HTMLParser):
    """The forms of a page: action, fields, and each submit button with its words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], list[tuple[str, str, str]]]] = []
        self._button: tuple[str, str] | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        named = {k: v or "" for k, v in attrs}
        if tag == "form":
            self.forms.append((named.get("action", ""), {}, []))
        elif tag == "input" and self.forms and named.get("type") == "hidden":
            self.forms[-1][1][named["name"]] = named.get("value", "")
        elif tag == "button" and self.forms:
            self._button, self._words = (named.get("name", ""), named.get("value", "")), ""

    def handle_data(self, data: str) -> None:
        """Collect the words of a button."""
        if self._button is not None:
            self._words += data

    def handle_endtag(self, tag: str) -> None:
        """Close a button."""
        if tag == "button" and self._button is not None:
            self.forms[-1][2].append((*self._button, " ".join(self._words.split())))
            self._button = None


class Visitor:
    """One person's cookies and calls. `public_url` is the service's address."""

    def __init__(self, public_url: str, client: httpx2.AsyncClient) -> None:
        self._public = public_url
        self._client = client
        self.me: dict[str, Any] = {}

    @classmethod
    @asynccontextmanager
    async def at(cls, public_url: str) -> AsyncIterator[Self]:
        """A fresh visitor; browsers accept Secure cookies on http://localhost, so does this one."""
        jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        headers = {"Accept-Language": "fr"}
        async with httpx2.AsyncClient(cookies=jar, headers=headers, timeout=20) as client:
            yield cls(public_url, client)

    async def sign_in(self, provider: str, name: str, *, expected: str) -> None:
        """Sign in as the person called `name`, landing on the page `expected`.

        Raises:
            Failed: the pages did not lead there.
        """
        await self._enter(f"/auth/login/{provider}?next={expected}", name, expected)

    async def step_up(self, name: str) -> None:
        """Prove again, as the person called `name`, who is signed in.

        Raises:
            Failed: the pages did not lead back.
        """
        await self._enter("/auth/step-up?next=/", name, "/")

    async def _enter(self, way: str, name: str, expected: str) -> None:
        answer = await self._follow("GET", self._public + way)
        if self._is_home(answer):
            raise Failed(f"no login page at {way}: {answer.url}")
        answer = await self._choose(answer, name)
        if not self._is_home(answer) or urlsplit(str(answer.url)).path != expected:
            raise Failed(f"{name} landed on {answer.url} ({answer.status_code})")
        self.me = await self.get("/api/me")

    async def _choose(self, page: httpx2.Response, name: str) -> httpx2.Response:
        forms = _Forms()
        forms.feed(page.text)
        for action, fields, buttons in forms.forms:
            for button, value, words in buttons:
                if name in words:
                    chosen = fields | ({button: value} if button else {})
                    target = urljoin(str(page.url), action)
                    origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
                    return await self._follow("POST", target, data=chosen, headers={"Origin": origin})
        raise Failed(f"{name} is not on the login page {page.url}")

    async def _follow(self, method: str, url: str, **more: Any) -> httpx2.Response:
        for _ in range(_HOPS):
            answer = await self._client.request(method, url, **more)
            if not answer.is_redirect:
                return answer
            method, more = "GET", {}
            url = urljoin(url, answer.headers["location"])
        raise Failed(f"redirected for ever at {url}")

    def _is_home(self, answer: httpx2.Response) -> bool:
        return str(answer.url).startswith(self._public + "/")

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON answer of a GET.

        Raises:
            Failed: any other answer than 2xx.
        """
        return self._body(await self._client.get(self._public + path, params=params or None))

    async def post(self, path: str, body: object = None) -> Any:
        """The JSON answer of a POST from our own page.

        Raises:
            Failed: any other answer than 2xx.
        """
        return self._body(await self.attempt(path, body))

    async def attempt(
        self, path: str, body: object = None, *, origin: str | None = None, key: str | None = None
    ) -> httpx2.Response:
        """A POST whose answer, whatever it is, is what the caller wants to see. `key`: of idempotence."""
        headers = {"Origin": origin or self._public} | ({} if key is None else {"Idempotency-Key": key})
        return await self._client.post(self._public + path, json=body, headers=headers)

    def _body(self, answer: httpx2.Response) -> Any:
        if not answer.is_success:
            raise Failed(
                f"{answer.request.method} {answer.url.path}: {answer.status_code} {answer.text[:300]}"
            )
        return answer.json() if answer.content else None

    @property
    def cookies(self) -> str:
        """The Cookie header a browser would send to the service."""
        return "; ".join(f"{c.name}={c.value}" for c in self._client.cookies.jar if c.path == "/")

    def socket(self, path: str, *, at: str | None = None, origin: str | None = None) -> connect:
        """A WebSocket; `at`: a media node's, by the whole address. The pages' host gets the cookies."""
        home = "ws" + self._public.removeprefix("http")
        url = at or home + path
        return connect(
            url,
            additional_headers={"Cookie": self.cookies} if url.startswith(home) else {},
            origin=origin or self._public,  # type: ignore[arg-type]
            compression=None,
            max_size=8 << 20,
            open_timeout=10,
        )


async def next_event(socket: ClientConnection, kind: str, *, within_s: float = 10) -> dict[str, Any]:
    """The next live event of this kind.

    Raises:
        Failed: it did not come in time.
    """
    try:
        async with asyncio.timeout(within_s):
            while True:
                event: dict[str, Any] = json.loads(await socket.recv())
                if event.get("kind") == kind:
                    return event
    except TimeoutError:
        raise Failed(f"no event {kind} within {within_s} s") from None
