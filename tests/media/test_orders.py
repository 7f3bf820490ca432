"""What node and worker say survives the way, and nonsense is refused by both sides."""

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crisislink.media.crew import _Reader
from crisislink.media.orders import (
    LENGTH,
    ORDER,
    ORDER_MAX,
    PRODUCED_MAX,
    STATUS_ID,
    AddOutput,
    DropOutput,
    ForceKey,
    Open,
    Order,
    Renew,
    Status,
    Stop,
    Watermark,
    pack_order,
    pack_produced,
    pack_status,
)
from crisislink.media.outbox import read_framed

_ADD = AddOutput(
    id=7,
    rendition=2,
    epoch=9,
    watermark=Watermark(organisation="SAMU 31", reference="7K2QX", camera_label="014 Allées", exercise=True),
    deadline_boot_s=12.5,
    grant="gr_1",
)
_OPEN = Open(
    camera="cam_001",
    address="rtsp://viewer:s3cret@camera/1",
    polygons=(((0.0, 0.0), (1.0, 0.0), (0.5, 1.0)),),
    sizes=((1280, 720),),
    warm_until_boot_s=3.25,
)
_ORDERS: list[Order] = [
    _OPEN, _ADD, DropOutput(id=1), ForceKey(id=2), Renew(id=3, deadline_boot_s=4.5), Stop()
]  # fmt: skip


@pytest.mark.parametrize("order", _ORDERS, ids=lambda o: str(o.kind))
def test_an_order_arrives_as_it_was_sent(order: Order) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(pack_order(order))
        assert ORDER.validate_json(read_framed(theirs)) == order


def test_addresses_are_not_shown() -> None:
    assert "s3cret" not in repr(_OPEN)


@pytest.mark.parametrize(
    "change",
    [
        {"id": -1},
        {"id": STATUS_ID},
        {"id": "x"},
        {"rendition": 5},
        {"epoch": 1 << 32},
        {"kind": "exec"},
        {"shell": "true"},
        {"watermark": None},
    ],
    ids=str,
)
def test_an_order_with_a_wrong_field_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ORDER.validate_python(_ADD.model_dump() | change)


@pytest.mark.parametrize("deadline", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_deadline_that_is_no_time_is_refused(deadline: str) -> None:
    with pytest.raises(ValidationError):
        ORDER.validate_json(f'{{"kind":"renew","id":1,"deadline_boot_s":{deadline}}}')


@pytest.mark.parametrize("x", ["-0.1", "1.1", "NaN"])
def test_a_mask_outside_the_picture_is_refused(x: str) -> None:
    body = json.dumps(_OPEN.model_dump()).replace("0.5", x)
    with pytest.raises(ValidationError):
        ORDER.validate_json(body)


@given(st.binary(max_size=200))
def test_noise_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        ORDER.validate_json(body)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (LENGTH.pack(ORDER_MAX + 1), ValueError),
        (LENGTH.pack(10) + b"short", EOFError),
        (b"\x00", EOFError),
        (b"", EOFError),
    ],
)
def test_a_length_that_lies_ends_the_reading(data: bytes, error: type[Exception]) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(data)
        with pytest.raises(error):
            read_framed(theirs)


class _Heard:
    def __init__(self) -> None:
        self.produced: list[tuple[int, bytes]] = []
        self.statuses: list[object] = []
        self.ended: list[str] = []
        self.reader = _Reader(
            lambda n, m: self.produced.append((n, m)),
            self.statuses.append,
            lambda: self.ended.append("gone"),
            lambda: self.ended.append("nonsense"),
        )


@given(st.integers(1, 60))
def test_the_node_hears_whole_messages_however_they_are_cut(step: int) -> None:
    status = Status(state="fault", fault="auth", detail="no")
    stream = pack_produced(1, b"first") + pack_status(status) + pack_produced(2, b"")
    heard = _Heard()
    for at in range(0, len(stream), step):
        heard.reader.data_received(stream[at : at + step])
    assert heard.produced == [(1, b"first"), (2, b"")]
    assert heard.statuses == [status]
    assert heard.ended == []


@pytest.mark.parametrize(
    "data",
    [
        LENGTH.pack(3) + bytes(8),
        LENGTH.pack(PRODUCED_MAX + 1) + bytes(8),
        pack_produced(STATUS_ID, b'{"state":"fine"}'),
        pack_produced(STATUS_ID, b"\xff"),
    ],
    ids=["short", "long", "status", "noise"],
)
def test_a_worker_that_says_nonsense_is_ended(data: bytes) -> None:
    heard = _Heard()
    heard.reader.data_received(data)
    assert heard.ended == ["nonsense"]
    assert heard.produced == heard.statuses == []
