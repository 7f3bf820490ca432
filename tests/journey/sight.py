"""What is on the screen, read from its pixels."""

import asyncio
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import Locator


async def pixels(of: Locator) -> NDArray[np.int16]:
    """What is on the screen there: height × width × RGB. Anew where it moved meanwhile, as under a banner."""
    while True:
        before = await of.bounding_box()
        shot = await of.screenshot()
        if before is not None and before == await of.bounding_box():
            return np.asarray(Image.open(BytesIO(shot)).convert("RGB")).astype(np.int16)


async def moves(of: Locator, *, within_s: float = 8) -> bool:
    """Whether the picture comes to differ in more than the clock: a loaded machine may pause for a moment.

    One that got another size, as a banner above it came or went, is compared anew.
    """
    first = await pixels(of)
    try:
        async with asyncio.timeout(within_s):
            while True:
                await asyncio.sleep(0.2)
                now = await pixels(of)
                if now.shape != first.shape:
                    first = now
                elif float(np.percentile(np.abs(now - first), 99)) > 8:
                    return True
    except TimeoutError:
        return False
