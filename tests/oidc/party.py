"""Our side of a provider that lies, with the test as the browser between the two."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from httpx2 import URL
from pydantic import SecretStr

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.oidc import PRESETS, Finished, Make, OidcClient, ProviderProfile
from crisislink.adapters.oidc.clientkey import ClientKey
from crisislink.adapters.system import SystemEntropy
from crisislink.core.actors import Side
from crisislink.core.errors import Reason, Unauthenticated
from crisislink.core.ids import SessionId
from crisislink.flow.trials import Tried
from tests.fakes.loopback import listening, serving
from tests.fakes.provider import CLIENT_ID, LyingProvider
from tests.fakes.time import TurnedClock

PUBLIC = "http://localhost:8400"
COOKIE = "cookie"
PATIENCE_S = 0.5  # for answers that never end


def profile(
    issuer: str,
    make: Make = Make.GENERIC,
    *,
    id: str = "hopital",
    secret: str = "s3cret",
    key: ClientKey | None = None,
    required_role: str | None = None,
    ca_file: Path | None = None,
    **ways: Any,
) -> ProviderProfile:
    """A provider of this make, its ways as given."""
    return ProviderProfile(
        id=id,
        label=id,
        side=Side.HOSPITAL,
        issuer=issuer,
        client_id=CLIENT_ID,
        client_secret=SecretStr(secret),
        client_key=key,
        make=make,
        ways=replace(PRESETS[make], **ways),
        required_role=required_role,
        ca_file=ca_file,
    )


@dataclass(frozen=True)
class Party:
    """A client and the provider that may lie to it."""

    provider: LyingProvider
    client: OidcClient
    clock: TurnedClock

    async def question(self, **asked: Any) -> dict[str, str]:
        """What the browser carries to the provider."""
        url = URL(await self.client.authorization_url("/samu", COOKIE, **asked))
        return dict(url.params)

    async def answer(self, **asked: Any) -> dict[str, str]:
        """What it carries back; the provider knows the nonce."""
        carried = await self.question(**asked)
        said = self.provider.last("/par").form if "request_uri" in carried else carried
        self.provider.nonce = said["nonce"]
        return {"state": said["state"], "code": "c"}

    async def sign_in(self, **asked: Any) -> Finished:
        """There and back."""
        return await self.client.finish(await self.answer(**asked), COOKIE)

    async def trial(self) -> Tried:
        """There and back, as an administrator who tries."""
        carried = dict(URL(await self.client.trial_url(COOKIE, SessionId("ses_ada"))).params)
        self.provider.nonce = carried["nonce"]
        answer = {"state": carried["state"], "code": "c"}
        with pytest.raises(Unauthenticated):
            await self.client.finish(answer, COOKIE)
        tried = await self.client.tried(answer, COOKIE)
        assert tried is not None
        assert await self.client.tried(answer, COOKIE) is None, "an answer counts once"
        return tried

    async def refused(self, because: str, caplog: pytest.LogCaptureFixture, **asked: Any) -> None:
        """There and back, and nothing is believed; from outside all reasons look alike."""
        with pytest.raises(Unauthenticated) as error:
            await self.sign_in(**asked)
        assert error.value.reason is Reason.LOGIN_FAILED
        assert because in caplog.records[-1].getMessage()


@asynccontextmanager
async def party(
    make: Make = Make.GENERIC,
    *,
    timeout_s: float = 5.0,
    path: str = "",
    **ways: Any,
) -> AsyncIterator[Party]:
    """A client of a lying provider, both on loopback. `path`: of its issuer."""
    async with AsyncExitStack() as stack:
        clock = TurnedClock()
        bound, port = listening()
        lying = LyingProvider(f"http://localhost:{port}{path}", clock)
        await stack.enter_async_context(serving(lying.app(), bound))
        client = await stack.enter_async_context(
            OidcClient(
                profile(lying.issuer, make, **ways),
                public_url=PUBLIC,
                clock=clock,
                entropy=SystemEntropy(),
                ephemera=InProcessEphemera(clock),
                timeout_s=timeout_s,
            )
        )
        yield Party(lying, client, clock)
