"""The key that seals the cameras' addresses has changed: all are sealed anew, and the register says so."""

from crisislink.core.events import KeyChanged
from crisislink.flow.ports import Ports

_AT_ONCE = 500  # a transaction is short, whatever the city's size


async def sealed_anew(ports: Ports) -> int:
    """Every address under the key that seals now; how many were not. Goes on where it was broken off."""
    done = 0
    while True:
        async with ports.store.write() as work:
            key, cameras = await work.seal_sources_anew(_AT_ONCE)
            if cameras or not done:
                await work.record(KeyChanged(key=key, cameras=cameras))
        done += cameras
        if cameras < _AT_ONCE:
            return done


async def still_needed(ports: Ports) -> int:
    """How many addresses a key that seals no more still opens."""
    async with ports.store.read() as work:
        return await work.sources_of_other_keys()
