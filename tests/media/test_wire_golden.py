"""The wire's bytes, fixed: `tests/golden/wire.json` is read by this test and by the player's parser test."""

import json
from pathlib import Path
from typing import Any

import pytest

from crisislink.media.fanout import framed
from crisislink.media.frames import FLAGS, BadMessage, Flag, Message, MessageType, unpack

_CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "wire.json").read_text(encoding="utf-8")
)
_GOOD = [c for c in _CASES if c["fields"] is not None]
_BAD = [c for c in _CASES if c["fields"] is None]


def _message(fields: dict[str, Any]) -> Message:
    return Message(
        type=MessageType[fields["type"]],
        payload=bytes.fromhex(fields["payload_hex"]),
        flags=Flag(fields["flags"]),
        seq=fields["seq"],
        epoch=fields["epoch"],
        config=fields["config"],
        rendition=fields["rendition"],
        capture_us=int(fields["capture_us"]),
        encoded_us=int(fields["encoded_us"]),
        ingest_us=fields["ingest_us"],
    )


@pytest.mark.parametrize("case", _GOOD, ids=lambda c: str(c["name"]))
def test_a_message_has_these_bytes_and_these_bytes_are_this_message(case: dict[str, Any]) -> None:
    message, data = _message(case["fields"]), bytes.fromhex(case["hex"])
    assert message.pack() == data
    assert unpack(data) == message
    assert len(message.payload) == case["fields"]["payload_length"]
    if (said := case["fields"].get("payload_json")) is not None:
        assert json.loads(message.payload) == said


@pytest.mark.parametrize("case", _BAD, ids=lambda c: str(c["name"]))
def test_what_is_no_message_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        unpack(bytes.fromhex(case["hex"]))


def test_every_type_and_flag_is_in_the_golden_file() -> None:
    assert {c["fields"]["type"] for c in _GOOD} == {t.name for t in MessageType}
    seen = Flag.NONE
    for case in _GOOD:
        seen |= Flag(case["fields"]["flags"])
    assert seen == Flag(FLAGS)


@pytest.mark.parametrize(
    ("size", "header"),
    [(40, "8228"), (125, "827d"), (126, "827e007e"), (65_535, "827effff"), (65_536, "827f0000000000010000")],
)
def test_a_message_becomes_one_unmasked_binary_frame(size: int, header: str) -> None:
    assert framed(bytes(size)) == bytes.fromhex(header) + bytes(size)
