"""Results as one page that needs nothing else: a bar for each row, its goal as a line, light and dark.

Several files are several runs: their bars stand together, so that what changed is seen. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import inf
from typing import Any

from crisislink.bench.labels import label

_LEFT, _WIDTH, _BAR, _STEP, _RIGHT, _APART = 150, 430, 14, 24, 210, 36


@dataclass(frozen=True, slots=True)
class Run:
    """One file: its name and its JSON."""

    name: str
    measured: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    row: Mapping[str, Any]


def page(runs: Sequence[Run]) -> str:
    """The whole HTML document."""
    measures = list(dict.fromkeys(row["measure"] for run in runs for row in run.measured["rows"]))
    figures = "\n".join(_figure(measure, runs) for measure in measures)
    machines = "\n".join(_machine(run) for run in runs)
    return f"""<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>CrisisLink · mesures / measurements</title><style>{_STYLE}</style></head><body>
<h1>Mesures <span lang="en">Measurements</span></h1>
{machines}
<p class="key"><i class="b1"></i> p50 <i class="b2"></i> p95 <i class="b3"></i> p99
 <i class="line"></i> but <span lang="en">goal</span></p>
<main>
{figures}
</main></body></html>
"""


def _machine(run: Run) -> str:
    machine = run.measured["machine"]
    shown = ("cpu", "cores", "kernel", "load_before", "python", "pyav", "ffmpeg", "go2rtc")
    facts = "; ".join(f"{name} {machine[name]}" for name in shown if machine.get(name) is not None)
    absent = ", ".join(run.measured.get("absent", ()))
    missing = f" · absent : <b>{escape(absent)}</b>" if absent else ""
    return f"<p><b>{escape(run.name)}</b> {escape(facts)}{missing}</p>"


def _figure(measure: str, runs: Sequence[Run]) -> str:
    several = len(runs) > 1
    bars = [
        _Bar(f"{row['subject']} · {run.name}" if several else row["subject"], row)
        for run in runs
        for row in run.measured["rows"]
        if row["measure"] == measure
    ]
    french, english = label(measure)
    notes = "".join(f"<p>{escape(bar.row['note'])}</p>" for bar in bars if bar.row.get("note"))
    return (
        f'<figure><figcaption>{escape(french)} <span lang="en">{escape(english)}</span>'
        f"<code>{escape(measure)}</code></figcaption>{_drawing(bars)}{notes}</figure>"
    )


def _drawing(bars: Sequence[_Bar]) -> str:
    goals = sorted({goal for bar in bars for goal in _goals(bar.row)})
    most = max([*(abs(bar.row[q]) for bar in bars for q in ("p50", "p95", "p99")), *goals, 1e-9])
    scale = _WIDTH / (most * 1.05)
    height = len(bars) * _STEP + 18
    lines = "".join(_goal(goal, _LEFT + goal * scale, height) for goal in _apart(goals, scale))
    drawn = "".join(_bar(bar, n * _STEP + 4, scale) for n, bar in enumerate(bars))
    return f'<svg viewBox="0 0 {_LEFT + _WIDTH + _RIGHT} {height}" role="img">{drawn}{lines}</svg>'


def _goal(goal: float, x: float, height: int) -> str:
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 16}" class="goal"/>'
        f'<text x="{x:.1f}" y="{height - 3}" class="goal">{_figure_of(goal)}</text>'
    )


def _apart(goals: Sequence[float], scale: float) -> list[float]:
    """The largest of those that would stand on each other (a peer's figure moves from run to run)."""
    return [goal for goal, after in pairwise([*goals, inf]) if (after - goal) * scale > _APART]


def _figure_of(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 1_000 else f"{value:.4g}"


def _goals(row: Mapping[str, Any]) -> list[float]:
    if row["goal"] is None:
        return []
    return list(row.get("goals", {"": row["goal"]}).values())


def _bar(bar: _Bar, top: int, scale: float) -> str:
    row, middle = bar.row, top + _BAR - 3
    parts = "".join(
        f'<rect x="{_LEFT}" y="{top}" height="{_BAR}" width="{max(0.0, row[q]) * scale:.1f}" class="{css}"/>'
        for q, css in (("p99", "b3"), ("p95", "b2"), ("p50", "b1"))
    )
    met = {True: ' <tspan class="yes">✓</tspan>', False: ' <tspan class="no">✗</tspan>', None: ""}
    figures = " / ".join(dict.fromkeys(_figure_of(row[q]) for q in ("p50", "p95", "p99")))
    return (
        f'<text x="{_LEFT - 8}" y="{middle}" class="who">{escape(bar.name)}</text>{parts}'
        f'<text x="{_LEFT + _WIDTH + 8}" y="{middle}">{figures} {escape(row["unit"])}{met[row["met"]]}</text>'
    )


_STYLE = """
:root{color-scheme:light dark;--ink:#16202a;--soft:#5b6975;--ground:#fff;--card:#f4f6f8;--b1:#0b5cad;
--b2:#6ea6dc;--b3:#c3dcf2;--goal:#b3261e;--yes:#1a7f37}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#9aa7b4;--ground:#10161c;--card:#1a232c;
--b1:#7db8f0;--b2:#3f78ad;--b3:#274a6b;--goal:#ff8a80;--yes:#5fd07f}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:2rem auto;
max-width:60rem;padding:0 1rem}
[lang=en]{color:var(--soft);font-weight:400;font-style:italic}
figure{background:var(--card);border-radius:8px;margin:0 0 1rem;padding:.8rem 1rem}
figcaption{font-weight:600}figcaption code{float:right;color:var(--soft);font-weight:400}
figure p{margin:.2rem 0 0;color:var(--soft);font-size:.85rem}
svg{width:100%;height:auto;display:block;margin-top:.4rem}svg text{font-size:12px;fill:var(--ink)}
text.who{text-anchor:end}text.goal{text-anchor:middle;fill:var(--goal);font-size:10px}
line.goal{stroke:var(--goal);stroke-dasharray:4 3;stroke-width:1.5}
rect.b1{fill:var(--b1)}rect.b2{fill:var(--b2)}rect.b3{fill:var(--b3)}
tspan.yes{fill:var(--yes)}tspan.no{fill:var(--goal)}
.key i{display:inline-block;width:14px;height:10px;margin-left:.8rem}.key .b1{background:var(--b1)}
.key .b2{background:var(--b2)}.key .b3{background:var(--b3)}.key .line{width:2px;background:var(--goal)}
"""
