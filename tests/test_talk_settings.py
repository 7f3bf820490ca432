"""An installation's own words for its rooms: what it may set, and what stops the start."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crisislink.config import TalkSettings
from crisislink.core.errors import Reason
from crisislink.core.talkrules import TEMPLATES, MessageKind, TalkRules

EXAMPLE = Path(__file__).parents[1] / "deploy" / "crisislink.example.toml"
NORTH = {"code": "north", "side": "hospital", "kind": "wish", "fr": "Vers le nord", "en": "North"}


def test_nothing_set_is_what_is_published() -> None:
    assert TalkSettings().rules() == TalkRules()


def test_an_installation_adds_and_leaves_out() -> None:
    rules = TalkSettings(
        kept_days=7,
        without=frozenset({Reason.PATIENT_HOME}),
        words={Reason.PATIENT_MEDICAL: ("perfusion*",)},
        patterns=({"reason": "patient_name", "regex": r"\bagent \d+"},),
        templates=(NORTH,),
    ).rules()
    assert rules.kept_for == timedelta(days=7)
    assert [(one.code, one.kind) for one in rules.templates] == [("north", MessageKind.WISH)]
    assert rules.net.sign("12 rue Matabiau") is None
    assert rules.net.sign("des perfusions") is Reason.PATIENT_MEDICAL
    assert rules.net.sign("Agent 12") is Reason.PATIENT_NAME
    assert rules.net.sign("Mme Martin") is Reason.PATIENT_NAME
    assert rules.template("north") is not None
    assert rules.template(TEMPLATES[-1].code) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"patterns": [{"reason": "patient_name", "regex": "("}]},
        {"patterns": [{"reason": "role", "regex": "x"}]},
        {"words": {"role": ["x"]}},
        {"templates": [NORTH, NORTH]},
        {"templates": [NORTH | {"side": "city"}]},
        {"templates": [NORTH | {"side": "oversight"}]},
        {"templates": [NORTH | {"fr": "x" * 141}]},
        {"templates": [NORTH | {"en": "🚑"}]},
        {"kept_days": -1},
        {"text_max": 5},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_stops_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TalkSettings.model_validate(wrong)


def test_the_example_file_shows_settings_that_work() -> None:
    lines = EXAMPLE.read_text().splitlines()
    start = lines.index(next(line for line in lines if line.startswith("# [talk]")))
    end = lines.index("", start)
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines[start:end]))
    rules = TalkSettings.model_validate(shown["talk"]).rules()
    assert rules.net.sign("bloc C") is Reason.PATIENT_HOME
