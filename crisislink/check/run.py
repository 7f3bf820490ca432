"""One run: start a demonstration in another process, play the story against it, see it end."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from rich.console import Console

from crisislink.check.report import Report
from crisislink.check.story import Story, Where
from crisislink.demo.cameras import AUDIO
from crisislink.demo.city import city_inventory


class Announced(Protocol):
    """Where the demonstration is."""

    @property
    def url(self) -> str:
        """The service."""
        ...

    @property
    def city_url(self) -> str:
        """The simulated city."""
        ...


async def checked(start: Callable[[], AbstractAsyncContextManager[Announced]], *, quiet: bool) -> Report:
    """The report of one run. `quiet`: no progress on the terminal."""
    report = Report()
    console = Console(stderr=True, quiet=quiet)
    masks = {c.camera.number: c.camera.mask for c in city_inventory() if c.camera.mask is not None}
    with console.status("CrisisLink…") as status:
        report.watched = status.update
        with report.step("start"):
            running = start()
            announced = await running.__aenter__()
        try:
            where = Where(url=announced.url, city_url=announced.city_url, masks=masks, audio_camera=AUDIO)
            await Story(where, report).play()
        finally:
            with report.step("stop"):
                await running.__aexit__(None, None, None)
    return report
