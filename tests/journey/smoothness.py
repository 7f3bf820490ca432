"""How smooth the dispatch room is with a full wall: `python -m tests.journey.smoothness [seconds]`.

The real service and a real browser; the pictures are one street, encoded before (`reel`). The main thread is
asked for a task every 4 ms, which are part of the figure: the longest time it did not answer is the gap. On a
machine that others use too that is also the time they took. `long_tasks` is what the browser itself calls so,
over 50 ms by the clock; `task_cpu_ms` what the page's own tasks needed of a processor, traced after the rest
since tracing costs.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect
from websockets.asyncio.client import ClientConnection

from crisislink.check.visitor import next_event
from crisislink.demo.city import city_inventory
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER
from crisislink.demo.seed import seed
from crisislink.demoservice import settings
from crisislink.stage import Announcement, city, orders, ports
from crisislink.wiring import opened, server, service
from tests.journey.conftest import BROWSER_ARGUMENTS, POLITE, Room, enter
from tests.journey.police import Police, on_duty
from tests.journey.reel import hire_reel, reel

TILES = 16
GAP_GOAL_MS, INTERACTIVE_GOAL_MS, RATE_GOAL = 50, 1_000, 12
SETTLING_S = 8.0
TRACED_S = 5.0

_INTERACTIVE = """() => new Promise((resolve) => {
  const look = () => document.querySelector('[role=combobox]') === null
    ? requestAnimationFrame(look) : resolve(performance.now());
  look();
})"""
_GAPS = """(ms) => new Promise((resolve) => {
  const {port1, port2} = new MessageChannel();
  const gaps = [], long = [];
  new PerformanceObserver((seen) => long.push(...seen.getEntries().map((task) => task.duration)))
    .observe({type: 'longtask'});
  const end = performance.now() + ms;
  let last = performance.now();
  port1.onmessage = () => {
    const at = performance.now();
    gaps.push(at - last);
    last = at;
    if (at < end) setTimeout(() => port2.postMessage(0), 4);
    else resolve({gaps: gaps.sort((a, b) => a - b), long});
  };
  port2.postMessage(0);
})"""


async def measured(seconds: float) -> dict[str, Any]:
    """The figures of one run."""
    with TemporaryDirectory() as folder:
        async with _showing(Path(folder)) as demo, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=POLITE, args=BROWSER_ARGUMENTS)
            try:
                return await _run(demo, browser, seconds)
            finally:
                await browser.close()


@asynccontextmanager
async def _showing(folder: Path) -> AsyncIterator[Announcement]:
    """The demonstration, in this process, with pictures that cost nothing to make."""
    reel()
    at = ports(0)
    told = orders(at, [])
    chosen = settings(at, told, folder)
    async with city(told) as ready, opened(chosen, serves=True) as store:
        issuers = {p: told.issuer(p) for p in (HOSPITAL_PROVIDER, CITY_PROVIDER)}
        await seed(store, city_inventory(), ready, issuers)
        async with service(chosen, store, hire=hire_reel) as running:
            serving = server(chosen, running)
            task = asyncio.create_task(serving.serve())
            while not serving.started:
                await asyncio.sleep(0.02)
            yield Announcement(
                url=told.public_url, city_url=told.identity_url, dispatch_url=told.dispatch_url
            )
            serving.should_exit = True
            await task


async def _run(demo: Announcement, browser: Browser, seconds: float) -> dict[str, Any]:
    room = await enter(browser, demo, "/samu", "Dr L. Fabre")
    await room.page.reload()
    interactive_ms = await room.page.evaluate(_INTERACTIVE)
    async with on_duty(demo.url) as police:
        await _full_wall(room.page, police)
        await asyncio.sleep(SETTLING_S)
        gaps, long, tasks = await _watched(room, seconds)
        before = await police.visitor.get("/api/room")
        await police.revoke()
        async with police.visitor.socket("/api/live") as events:
            await events.send(json.dumps({"after": before["as_of"]}))
            rates = await _rates(events)
    return {
        "interactive_ms": round(interactive_ms),
        "interactive_goal_ms": INTERACTIVE_GOAL_MS,
        "tiles": TILES,
        "pictures_a_s": {"least": round(min(rates), 1), "mean": round(sum(rates) / len(rates), 1)},
        "pictures_goal_a_s": RATE_GOAL,
        "gap_ms": {
            "p50": round(gaps[len(gaps) // 2], 1),
            "p99": round(gaps[len(gaps) * 99 // 100], 1),
            "worst": round(gaps[-1], 1),
        },
        "task_cpu_ms": {"p99": round(tasks[len(tasks) * 99 // 100], 1), "worst": round(tasks[-1], 1)},
        "long_tasks": [round(task) for task in long],
        "gaps_over_goal": sum(gap > GAP_GOAL_MS for gap in gaps),
        "gap_goal_ms": GAP_GOAL_MS,
        "seconds": seconds,
        "load": [round(load, 1) for load in os.getloadavg()],
        "cores": os.cpu_count(),
    }


async def _watched(room: Room, seconds: float) -> tuple[list[float], list[float], list[float]]:
    """The gaps of the main thread, its long tasks, the processor time of each of its tasks; ms, sorted."""
    seen: dict[str, list[float]] = await room.page.evaluate(_GAPS, seconds * 1_000)
    devtools = await room.context.new_cdp_session(room.page)
    events: list[dict[str, Any]] = []
    complete = asyncio.Event()
    devtools.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    devtools.on("Tracing.tracingComplete", lambda _: complete.set())
    await devtools.send("Tracing.start", {"transferMode": "ReportEvents", "categories": "toplevel"})
    await asyncio.sleep(TRACED_S)
    await devtools.send("Tracing.end")
    await complete.wait()
    mains = {(e["pid"], e["tid"]) for e in events if e.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [e["tdur"] / 1_000 for e in events if "tdur" in e and (e["pid"], e["tid"]) in mains]
    return seen["gaps"], seen["long"], sorted(tasks)


async def _full_wall(page: Page, police: Police) -> None:
    search = page.get_by_role("combobox", name="Lieu")
    await search.fill("bertand de b")
    await page.locator("[role=listbox] [role=option]").first.wait_for()
    await search.press("Enter")
    for _ in range(8):
        await page.get_by_role("button", name="Caméras : plus").click()
    await expect(page.locator("#ask")).to_contain_text(f"{TILES} caméras")
    await page.locator("#ask").click()
    await police.approve()
    await expect(page.locator(".tile canvas")).to_have_count(TILES, timeout=30_000)


async def _rates(events: ClientConnection) -> list[float]:
    """Pictures a second of each viewing, as the register has them."""
    rates = []
    for _ in range(TILES):
        viewing = (await next_event(events, "viewing.ended", within_s=30))["viewing"]
        lasted = datetime.fromisoformat(viewing["ended_at"]) - datetime.fromisoformat(viewing["started_at"])
        rates.append(viewing["frames"] / lasted.total_seconds())
    return rates


if __name__ == "__main__":
    found = asyncio.run(measured(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
