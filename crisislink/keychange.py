"""`crisislink keys`: change the installation's key, in steps that can each be repeated (`docs/keys.md`)."""

from dataclasses import dataclass

from crisislink.adapters.keys import KeyFiles
from crisislink.adapters.secrets import key_id
from crisislink.config import Settings
from crisislink.flow.keys import sealed_anew, still_needed
from crisislink.wiring import opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What stands: the ids of the keys, none of which gives its key away.

    `others`: of those that only open. `cameras`: how many addresses still need one of them.
    """

    seals: str
    others: tuple[str, ...]
    cameras: int


async def stand(settings: Settings) -> Keys:
    """As it is now."""
    async with opened(settings) as ports:
        seals, *others = [key_id(key).hex() for key in KeyFiles(settings.key_file).load()]
        return Keys(seals=seals, others=tuple(others), cameras=await still_needed(ports))


def add(settings: Settings) -> None:
    """A key that opens, to be copied to every host before it seals."""
    KeyFiles(settings.key_file).add()


async def rotate(settings: Settings) -> int:
    """The added key, or a new one, seals; every address is sealed anew. How many were.

    Where an earlier change is not over, that one is finished instead.

    Raises:
        ValueError: a key was added while an older one is still kept: `drop` first.
    """
    files = KeyFiles(settings.key_file)
    files.load()
    if files.next.exists() or not files.previous.exists():
        files.add()
        files.turn()
    async with opened(settings) as ports:
        return await sealed_anew(ports)


async def drop(settings: Settings) -> None:
    """Forget the key that was.

    Raises:
        ValueError: a camera's address still needs it.
    """
    files = KeyFiles(settings.key_file)
    async with opened(settings) as ports:
        if files.previous.exists() and await still_needed(ports):
            raise ValueError(f"{files.previous}: crisislink keys rotate")
    files.drop()
