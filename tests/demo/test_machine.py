"""The demonstration's dispatch software gets tokens that our own check believes, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import httpx2
import pytest
from pydantic import SecretStr

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.oidc import OidcClient
from crisislink.adapters.oidc.accesstoken import MachineAccess
from crisislink.adapters.oidc.machines import Machines
from crisislink.adapters.system import SystemEntropy
from crisislink.demo.identity import RelyingParty, build_provider, demo_config, demo_machine
from crisislink.demo.people import HOSPITAL_PROVIDER, MACHINE
from crisislink.flow.machines import Scope
from tests.fakes.loopback import listening, serving
from tests.fakes.time import TurnedClock
from tests.oidc.party import PUBLIC, profile

PARTY = RelyingParty(client_id="crisislink", client_secret=SecretStr("s3cret"), redirect_uris=())


@dataclass(frozen=True)
class Demo:
    """The embedded provider, and our check before it."""

    issuer: str
    machines: Machines
    clock: TurnedClock
    http: httpx2.AsyncClient

    async def asks(
        self,
        *,
        client: str = "lrm-demo",
        secret: str = "lrm-demo",
        scope: str = "crisislink:incidents crisislink:cameras crisislink:launch",
    ) -> httpx2.Response:
        form = {"grant_type": "client_credentials", "scope": scope}
        return await self.http.post(f"{self.issuer}/token", data=form, auth=(client, secret))


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with AsyncExitStack() as stack:
        clock = TurnedClock()
        bound, port = listening()
        base = f"http://localhost:{port}"
        machine = demo_machine(PUBLIC)
        parties = {"hopital": PARTY, "ville": PARTY}
        told = demo_config(base, parties, {HOSPITAL_PROVIDER: machine})
        await stack.enter_async_context(serving(build_provider(told, clock), bound))
        issuer = told.issuer(HOSPITAL_PROVIDER)
        access = MachineAccess(
            issuer=issuer, audience=str(machine.audience), clients={"lrm-demo": frozenset(Scope)}
        )
        client = await stack.enter_async_context(
            OidcClient(
                replace(profile(issuer), machines=access),
                public_url=PUBLIC,
                clock=clock,
                entropy=SystemEntropy(),
                ephemera=InProcessEphemera(clock),
            )
        )
        http = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False))
        yield Demo(issuer, Machines([client]), clock, http)


async def test_its_tokens_prove_the_machine_that_the_roster_knows(demo: Demo) -> None:
    answer = (await demo.asks()).json()
    machine = await demo.machines.verified(answer["access_token"], None)
    assert machine.subject == MACHINE.subject
    assert machine.scopes == frozenset(Scope)
    assert "id_token" not in answer


async def test_it_has_no_more_scopes_than_it_asks_for(demo: Demo) -> None:
    answer = (await demo.asks(scope="crisislink:cameras")).json()
    machine = await demo.machines.verified(answer["access_token"], None)
    assert machine.scopes == {Scope.CAMERAS}


@pytest.mark.parametrize(
    ("client", "secret"), [("lrm-demo", "wrong"), ("crisislink", "s3cret"), ("nobody", "x")]
)
async def test_no_other_client_gets_one(demo: Demo, client: str, secret: str) -> None:
    answer = await demo.asks(client=client, secret=secret)
    assert answer.status_code in {400, 401}
    assert "access_token" not in answer.text
