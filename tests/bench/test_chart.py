"""The chart page."""

import re
from typing import Any

from crisislink.bench.chart import Run, page
from crisislink.bench.labels import LABELS, label
from crisislink.bench.measure import Goal, row
from crisislink.bench.report import document

MACHINE: dict[str, object] = {"cpu": "A <b>bold</b> one", "cores": 2, "load_before": [0.1, 0.2, 0.3]}


def _run(name: str) -> Run:
    rows = [
        row("added_latency_ms", [[9.0, 15.0]], unit="ms", goal=Goal({"p50": 20.0, "p95": 40.0})),
        row("added_latency_ms", [[90.0, 99.0]], unit="ms", subject="ffmpeg"),
        row("cut_ms", [[180.0]], unit="ms", goal=Goal({"p99": 100.0}), note="16 streams & more"),
        row("throttled_cost_ms", [[-1.0]], unit="ms"),
        row("a_measure_of_tomorrow", [[12_345.0]], unit="n"),
    ]
    measured: dict[str, Any] = document(MACHINE, rows)
    return Run(name, measured)


def test_the_page_holds_every_row_with_its_figures_goal_and_verdict() -> None:
    made = page([_run("today")])
    assert made.count("<figure>") == 4
    assert made.count('class="yes"') == 1
    assert made.count('class="no"') == 1
    assert ">40</text>" in made
    assert "12\u202f345" in made


def test_it_needs_nothing_from_anywhere() -> None:
    made = page([_run("today")])
    assert not re.search(r"https?://|<script|<link|src=|@import|url\(", made)


def test_names_and_notes_are_text_not_markup() -> None:
    made = page([_run("<i>run</i>")])
    assert "<b>bold</b>" not in made
    assert "<i>run</i>" not in made
    assert "16 streams &amp; more" in made


def test_a_measure_is_named_in_both_languages_or_by_itself() -> None:
    assert label("cut_ms") == ("Coupure", "Cut")
    assert label("a_measure_of_tomorrow") == ("a_measure_of_tomorrow",) * 2
    assert all(french and english for french, english in LABELS.values())


def test_runs_stand_side_by_side() -> None:
    made = page([_run("before"), _run("after")])
    assert made.count("<figure>") == 4
    assert "ours · before" in made
    assert "ours · after" in made


def test_no_bar_is_drawn_backwards() -> None:
    assert 'width="-' not in page([_run("today")])
