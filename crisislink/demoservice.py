"""The service of the demonstration, beside its city (`crisislink.stage`)."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from crisislink.config import MachineSettings, ProviderSettings, Settings
from crisislink.core.actors import Side
from crisislink.demo.city import city_inventory
from crisislink.demo.identity import demo_machine
from crisislink.demo.orders import CLIENT_ID, HOST, CityOrders, CityReady, Ports
from crisislink.demo.people import CITY_PROVIDER, HELP, HOSPITAL_PROVIDER
from crisislink.demo.seed import seed
from crisislink.flow.machines import Scope
from crisislink.log import configure
from crisislink.wiring import opened, server, service


def settings(at: Ports, orders: CityOrders, folder: Path) -> Settings:
    """The service's settings for the demonstration."""
    return Settings(
        public_url=HttpUrl(orders.public_url),
        host=HOST,
        port=at.web,
        data_dir=folder,
        key_file=folder / "key",
        providers=(
            _provider(orders, HOSPITAL_PROVIDER, "SAMU 31 · CHU de Toulouse", Side.HOSPITAL),
            _provider(orders, CITY_PROVIDER, "Ville de Toulouse", Side.CITY),
        ),
        demo=True,
    )


def _provider(orders: CityOrders, id: str, label: str, side: Side) -> ProviderSettings:
    return ProviderSettings(
        id=id,
        label=label,
        side=side,
        issuer=orders.issuer(id),
        client_id=CLIENT_ID,
        client_secret=SecretStr(orders.client_secrets[id]),
        help=f"{HELP[id]} (démonstration)",
        machines=_machines(orders) if side is Side.HOSPITAL else None,
        embedded_in=(orders.dispatch_url,) if side is Side.HOSPITAL else (),
    )


def _machines(orders: CityOrders) -> MachineSettings:
    machine = demo_machine(orders.public_url)
    return MachineSettings(audience=str(machine.audience), clients={machine.client_id: tuple(Scope)})


async def serving(
    at: Ports, told: CityOrders, there: CityReady, folder: Path, ready: Callable[[], None]
) -> None:
    """Serve until Ctrl-C; `ready` is called once it answers. State lies in `folder`."""
    chosen = settings(at, told, folder)
    configure(chosen.log_level)
    async with opened(chosen, serves=True) as store:
        issuers = {p: told.issuer(p) for p in (HOSPITAL_PROVIDER, CITY_PROVIDER)}
        await seed(store, city_inventory(), there, issuers)
        async with service(chosen, store) as running:
            web = server(chosen, running)
            serves = asyncio.create_task(web.serve())
            while not web.started and not serves.done():  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.02)
            if web.started:
                ready()
            await serves
