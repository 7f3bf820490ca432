"""axe-core (MPL-2.0, Deque) over a page as it stands: what it finds, in one line each."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playwright.async_api import Frame, Page

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async ([tags]) => {
  const found = await axe.run(document, {
    runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'],
  });
  return found.violations.map(({ id, impact, nodes }) => ({
    id, impact, nodes: nodes.map((node) => ({ target: node.target.join(' '), why: node.failureSummary })),
  }));
}"""


_DRESSES = (("dark", "fr"), ("light", "en"))
_DRESS = """async ([theme, lang]) => {
  const root = document.documentElement;
  root.dataset.theme = theme;
  if (root.lang === lang) return;
  const named = { fr: 'Français', en: 'English' }[lang];
  const found = [...document.querySelectorAll('.top button')].find((one) => one.textContent.trim() === named);
  found?.click();
  while (found && root.lang !== lang) await new Promise(requestAnimationFrame);
}"""


async def dresses(page: Page | Frame) -> AsyncIterator[str]:
    """The page dark in French, then light in English where it has the switch; dark and French again after."""
    for dress in _DRESSES:
        await page.evaluate(_DRESS, dress)
        yield " ".join(dress)
    await page.evaluate(_DRESS, _DRESSES[0])


async def faults(page: Page | Frame, name: str) -> list[str]:
    """What axe finds in the page as it stands, in each dress."""
    return [f"{name}, {dress}: {one}" async for dress in dresses(page) for one in await violations(page)]


async def violations(page: Page | Frame) -> list[str]:
    """What is wrong with the page for people who do not see, hear or point as others do."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    found: list[dict[str, Any]] = await page.evaluate(_RUN, [STANDARDS])
    return [
        f"{one['id']} ({one['impact']}): " + json.dumps(one["nodes"][:4], ensure_ascii=False) for one in found
    ]
