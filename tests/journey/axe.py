"""axe-core (MPL-2.0, Deque) over a page as it stands: what it finds, in one line each."""

import json
from pathlib import Path
from typing import Any

from playwright.async_api import Page

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


async def violations(page: Page) -> list[str]:
    """What is wrong with the page for people who do not see, hear or point as others do."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    found: list[dict[str, Any]] = await page.evaluate(_RUN, [STANDARDS])
    return [
        f"{one['id']} ({one['impact']}): " + json.dumps(one["nodes"][:4], ensure_ascii=False) for one in found
    ]
