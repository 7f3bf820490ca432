"""How smooth the map is with 5,000 cameras: `python -m tests.journey.mapsmoothness [cameras]`.

The real service, bundle and browser; only the answer of `/api/cameras` is the demonstration's inventory,
spread over the city until there are so many. All are on the map. `frame_ms`: from one animation frame to the
next, while the mouse drags, turns the wheel, and passes over cameras; on a machine that others use too it is
also the time they took. `task_cpu_ms`: what the page's own tasks needed of a processor meanwhile.
`first_draw_ms`: from the press on "Toutes" to the fourth frame after it.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import CDPSession, Page, Route, async_playwright

from crisislink.stage import spawned
from tests.journey.conftest import BROWSER_ARGUMENTS, POLITE, enter

CAMERAS = 5_000
SPREAD_DEG = 0.03
STEPS = 120
WHEELS = 24
FRAME_GOAL_MS, FIRST_GOAL_MS = 50, 300

_BEGIN = """() => {
  const frames = window.__frames = [];
  let last = performance.now();
  const next = (at) => { frames.push(at - last); last = at; window.__next = requestAnimationFrame(next); };
  window.__next = requestAnimationFrame((at) => { last = at; window.__next = requestAnimationFrame(next); });
}"""
_END = "() => { cancelAnimationFrame(window.__next); return window.__frames.sort((a, b) => a - b); }"
_FIRST = """() => new Promise((resolve) => {
  const began = performance.now();
  [...document.querySelectorAll('.seg button')].find((b) => b.textContent === 'Toutes').click();
  const frames = (left) => left
    ? requestAnimationFrame(() => frames(left - 1)) : resolve(performance.now() - began);
  frames(4);
})"""


async def measured(cameras: int) -> dict[str, Any]:
    """The figures of one run."""
    with TemporaryDirectory() as folder:
        async with spawned([], Path(folder)) as demo, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=POLITE, args=BROWSER_ARGUMENTS)
            try:
                room = await enter(browser, demo, "/samu", "Dr L. Fabre")
                await room.page.route("**/api/cameras", partial(_spread, cameras=cameras))
                await room.page.reload()
                await room.page.locator(".city-map canvas").wait_for()
                await asyncio.sleep(1)
                devtools = await room.context.new_cdp_session(room.page)
                return await _run(room.page, devtools, cameras)
            finally:
                await browser.close()


async def _spread(route: Route, *, cameras: int) -> None:
    answer = await route.fetch()
    known = await answer.json()
    chance = random.Random(1)  # noqa: S311 - the same city each time
    more = [
        one
        | {
            "id": f"{one['id']}-{n}",
            "number": n,
            "lat": one["lat"] + chance.gauss(0, SPREAD_DEG),
            "lon": one["lon"] + chance.gauss(0, SPREAD_DEG),
        }
        for n, one in ((n, known[n % len(known)]) for n in range(len(known), cameras))
    ]
    await route.fulfill(response=answer, json=known + more)


async def _run(page: Page, devtools: CDPSession, cameras: int) -> dict[str, Any]:
    search = page.get_by_role("combobox", name="Lieu")
    await search.fill("bertand de b")
    await page.locator("[role=listbox] [role=option]").first.wait_for()
    await search.press("Enter")
    await asyncio.sleep(1)
    first_ms = await page.evaluate(_FIRST)
    await asyncio.sleep(1)
    box = await page.locator(".city-map-view").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    async def drag() -> None:
        await page.mouse.move(x, y)
        await page.mouse.down()
        for n in range(STEPS):
            await page.mouse.move(x + (n % 60) * 3 - 90, y + (n % 40) * 3 - 60)
        await page.mouse.up()

    async def wheel() -> None:
        for n in range(WHEELS):
            await page.mouse.wheel(0, -120 if n % 12 < 6 else 120)
            await asyncio.sleep(0.08)

    async def hover() -> None:
        for n in range(STEPS):
            await page.mouse.move(x + (n % 60) * 4 - 120, y + (n % 40) * 4 - 80)

    return {
        "cameras": cameras,
        "first_draw_ms": round(first_ms),
        "first_draw_goal_ms": FIRST_GOAL_MS,
        **{
            name: await _watched(page, devtools, act)
            for name, act in (("pan", drag), ("zoom", wheel), ("hover", hover))
        },
        "frame_goal_ms": FRAME_GOAL_MS,
        "load": [round(load, 1) for load in os.getloadavg()],
        "cores": os.cpu_count(),
    }


async def _watched(page: Page, devtools: CDPSession, act: Callable[[], Awaitable[None]]) -> dict[str, Any]:
    events: list[dict[str, Any]] = []
    complete = asyncio.Event()
    devtools.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    devtools.once("Tracing.tracingComplete", lambda _: complete.set())
    await devtools.send("Tracing.start", {"transferMode": "ReportEvents", "categories": "toplevel"})
    await page.evaluate(_BEGIN)
    await act()
    frames: list[float] = await page.evaluate(_END)
    await devtools.send("Tracing.end")
    await complete.wait()
    mains = {(e["pid"], e["tid"]) for e in events if e.get("args", {}).get("name") == "CrRendererMain"}
    tasks = sorted(e["tdur"] / 1_000 for e in events if "tdur" in e and (e["pid"], e["tid"]) in mains)
    return {"frame_ms": _quantiles(frames), "task_cpu_ms": _quantiles(tasks), "frames": len(frames)}


def _quantiles(values: list[float]) -> dict[str, float]:
    at = {"p50": 50, "p95": 95, "worst": 100}
    return {name: round(values[min(len(values) - 1, len(values) * q // 100)], 1) for name, q in at.items()}


if __name__ == "__main__":
    found = asyncio.run(measured(int(sys.argv[1]) if len(sys.argv) > 1 else CAMERAS))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
