"""`crisislink doctor identity`: each finding is what a broken provider shows, and says what to change."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from crisislink.adapters.oidc.advice import Observation
from crisislink.adapters.oidc.examination import examine
from crisislink.adapters.system import SystemClock, SystemEntropy
from crisislink.flow.ports import Clock
from tests.fakes.loopback import listening, serving
from tests.fakes.provider import LyingProvider, curve, published
from tests.fakes.time import TurnedClock
from tests.oidc.certificates import Authority
from tests.oidc.party import PUBLIC, profile
from tests.oidc.test_mtls import secured

CALLBACK = f"{PUBLIC}/auth/callback/hopital"


@dataclass
class Examined:
    """A provider that a test breaks before it is looked at."""

    provider: LyingProvider
    ways: dict[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)

    async def seen(self) -> dict[str, Observation]:
        """The worst of each kind."""
        looks = examine(
            profile(self.provider.issuer, **self.ways),
            public_url=PUBLIC,
            clock=self.clock,
            entropy=SystemEntropy(),
        )
        found: dict[str, Observation] = {}
        async for look in looks:
            found[look.what] = look
        return found

    async def finds(self, what: str, grade: str, *words: str) -> None:
        """This finding, with words to act on in both languages unless all is well."""
        look = (await self.seen())[what]
        assert look.grade == grade, look
        assert all(word in f"{look.found} {look.en}" for word in words), look
        assert bool(look.fr) == bool(look.en) == (grade != "good")


async def registered(request: Request) -> Response:
    """As a provider answers `prompt=none` when it knows our callback."""
    if request.query_params["redirect_uri"] != CALLBACK or request.query_params["prompt"] != "none":
        return Response("bad request", 400)
    back = URL(CALLBACK, params={"error": "login_required", "state": request.query_params["state"]})
    return RedirectResponse(str(back), 303)


def healthy(provider: LyingProvider) -> LyingProvider:
    provider.metadata |= {
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
    }
    provider.answers["/authorize"] = registered
    provider.instead = (400, b'{"error": "invalid_grant"}')
    return provider


@asynccontextmanager
async def examined() -> AsyncIterator[Examined]:
    bound, port = listening()
    provider = healthy(LyingProvider(f"http://localhost:{port}", SystemClock()))
    async with serving(provider.app(), bound):
        yield Examined(provider)


@pytest.fixture
async def it() -> AsyncIterator[Examined]:
    async with examined() as made:
        yield made


async def test_a_healthy_provider_is_well_but_for_tls_on_loopback(it: Examined) -> None:
    seen = await it.seen()
    assert [look.what for look in seen.values() if look.grade != "good"] == ["tls"]
    assert seen["callback"].found == CALLBACK
    assert seen["back-channel"].found == f"{PUBLIC}/auth/backchannel/hopital"
    assert seen.keys() >= {"discovery", "issuer", "clock", "algorithms", "keys", "callback", "client"}


async def test_tls_is_looked_at(tmp_path: Path) -> None:
    authority = Authority.new()
    bound, port = listening()
    provider = healthy(LyingProvider(f"https://localhost:{port}", SystemClock()))
    async with secured(provider.app(), bound, authority.issued("idp", tmp_path), None):
        await Examined(provider).finds("discovery", "bad", "CERTIFICATE_VERIFY_FAILED", "ca_file")
        known = Examined(provider, {"ca_file": authority.pem(tmp_path)})
        await known.finds("tls", "poor", "renewed")  # the tests' certificates live for a day


async def test_a_provider_that_is_not_there_is_said_to_be_so() -> None:
    bound, port = listening()
    bound.close()
    await Examined(LyingProvider(f"http://localhost:{port}", SystemClock())).finds(
        "discovery", "bad", "does not answer"
    )


async def test_a_wrong_address_has_no_metadata(it: Examined) -> None:
    it.provider.answers["/.well-known/openid-configuration"] = _lost
    await it.finds("discovery", "bad", "404", "check issuer and preset")


async def _lost(_: Request) -> Response:
    return Response("no such page", 404)


async def test_metadata_that_lack_something_say_what(it: Examined) -> None:
    del it.provider.metadata["jwks_uri"]
    await it.finds("discovery", "bad", "jwks_uri")


@pytest.mark.parametrize(
    ("changed", "what", "grade", "words"),
    [
        ({"issuer": "https://other.example"}, "issuer", "bad", ["https://other.example", "to the letter"]),
        ({"token_endpoint": "https://other.example/t"}, "endpoint", "bad", ["other.example", "origins"]),
        ({"id_token_signing_alg_values_supported": ["ES256"]}, "algorithms", "bad", ["ES256", "RS256"]),
        ({"id_token_signing_alg_values_supported": ["RS256", "none"]}, "algorithms", "poor", ["none"]),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "authentication", "bad", ["basic"]),
        ({"code_challenge_methods_supported": ["plain"]}, "pkce", "poor", ["plain", "pkce = false"]),
        ({"authorization_response_iss_parameter_supported": False}, "iss", "poor", ["nothing to do"]),
        ({"end_session_endpoint": None}, "sign-out", "poor", ["end_session_endpoint"]),
        ({"backchannel_logout_supported": False}, "back-channel", "poor", ["/auth/backchannel/hopital"]),
    ],
)
async def test_what_is_published_amiss_is_found(
    it: Examined, changed: dict[str, object], what: str, grade: str, words: list[str]
) -> None:
    it.provider.metadata |= changed
    await it.finds(what, grade, *words)


async def test_nothing_more_is_asked_of_a_provider_that_names_itself_otherwise(it: Examined) -> None:
    it.provider.metadata["issuer"] = "https://other.example"
    assert not (await it.seen()).keys() & {"keys", "callback", "client"}
    assert it.provider.asked == {"/.well-known/openid-configuration": 1}


async def test_a_class_that_it_does_not_know_is_found(it: Examined) -> None:
    it.provider.metadata["acr_values_supported"] = ["eidas2"]
    it.ways = {"acr_values": ("eidas1",)}
    await it.finds("acr", "bad", "eidas2", "acr_values")


async def test_what_a_step_up_needs_and_the_provider_does_not_have_is_found(it: Examined) -> None:
    it.provider.metadata["claims_supported"] = ["sub", "name"]
    await it.finds("auth_time", "poor", "auth_time", "approve")
    it.provider.metadata["acr_values_supported"] = ["pwd"]
    it.ways = {"step_up_acr_values": ("mfa",)}
    await it.finds("acr", "bad", "pwd", "step_up_acr_values")


async def test_a_userinfo_that_is_needed_and_absent_is_found(it: Examined) -> None:
    it.ways = {"userinfo": "jwt"}
    del it.provider.metadata["userinfo_endpoint"]
    await it.finds("userinfo", "bad", "userinfo")


@pytest.mark.parametrize(
    ("off_s", "grade"), [(0, "good"), (15, "poor"), (-15, "poor"), (60, "bad"), (-60, "bad")]
)
async def test_a_clock_that_is_wrong_is_found(it: Examined, off_s: int, grade: str) -> None:
    it.clock = TurnedClock(SystemClock().now() + timedelta(seconds=off_s))
    await it.finds("clock", grade)


async def test_keys_that_cannot_sign_as_agreed_are_found(it: Examined) -> None:
    it.provider.published = published(curve("first"))
    await it.finds("keys", "bad", "RS256: 0")
    it.provider.published = []
    await it.finds("keys", "bad", "no signing key")


async def test_a_callback_that_is_not_registered_is_found(it: Examined) -> None:
    it.provider.answers["/authorize"] = _lost
    await it.finds("callback", "bad", CALLBACK)


async def test_a_callback_that_is_not_registered_is_found_when_the_question_is_pushed(it: Examined) -> None:
    async def refused(_: Request) -> Response:
        return JSONResponse({"error": "invalid_request", "error_description": "redirect_uri unknown"}, 400)

    it.provider.metadata["pushed_authorization_request_endpoint"] = f"{it.provider.issuer}/par"
    it.provider.answers["/par"] = refused
    await it.finds("callback", "bad", CALLBACK)


async def test_a_callback_that_cannot_be_seen_is_said_to_be_so(it: Examined) -> None:
    async def page(_: Request) -> Response:
        return Response("<h1>Sign in</h1>")

    it.provider.answers["/authorize"] = page
    await it.finds("callback", "poor", "be seen from outside", CALLBACK)


@pytest.mark.parametrize(
    ("answer", "grade"),
    [
        ((400, b'{"error": "invalid_grant"}'), "good"),
        ((401, b'{"error": "invalid_client"}'), "bad"),
        ((400, b'{"error": "unauthorized_client"}'), "bad"),
        ((401, b""), "bad"),
        ((400, b"{}"), "poor"),
        ((503, b""), "poor"),
    ],
)
async def test_credentials_are_tried_with_a_code_that_was_never_given(
    it: Examined, answer: tuple[int, bytes], grade: str
) -> None:
    it.provider.instead = answer
    await it.finds("client", grade)


async def test_the_command_says_it_in_its_exit_status(it: Examined, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        f"""
        public_url = "{PUBLIC}"
        data_dir = "{tmp_path}"
        key_file = "{tmp_path / "key"}"
        [[providers]]
        id = "hopital"
        label = "CHU"
        side = "hospital"
        issuer = "{it.provider.issuer}"
        client_id = "crisislink"
        client_secret = "s3cret"
        """
    )
    status, said = await _command(file, "hopital")
    findings = json.loads(said)
    assert (status, [f["what"] for f in findings if f["grade"] != "good"]) == (0, ["hopital · tls"])
    it.provider.instead = (401, b"")
    assert (await _command(file))[0] == 1
    assert (await _command(file, "nowhere"))[0] == 1
    assert "s3cret" not in said


async def _command(config: Path, *more: str) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "crisislink",
        "doctor",
        "identity",
        *more,
        "--config",
        str(config),
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await child.communicate()
    assert child.returncode is not None
    return child.returncode, said.decode()
