"""One output: no frame without its CONFIG, no delta after a loss, nothing at or after the deadline."""

import av
import numpy as np

from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.media.orders import AddOutput, Watermark
from crisislink.media.output import Output, boot_s
from crisislink.media.picture import planes
from crisislink.media.received import Received

_MARK = Watermark(organisation="SAMU 31", reference="7K2QX", camera_label="014 Allées", exercise=False)


class _Node:
    """Takes what it is given, unless it is full."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.full = False

    def put(self, _: int, message: Message) -> bool:
        if not self.full:
            self.taken.append(message)
        return not self.full


def _output(node: _Node, *, for_s: float = 60) -> Output:
    order = AddOutput(
        id=1,
        rendition=Rendition.WALL.value,
        epoch=4,
        watermark=_MARK,
        deadline_boot_s=boot_s() + for_s,
        grant="gr_1",
    )
    return Output(order, camera="cam_001", put=node.put)


def _show(
    output: Output, n: int, size: tuple[int, int] = (640, 360), *, damaged: frozenset[int] = frozenset()
) -> None:
    frame = av.VideoFrame(*size, "yuv420p")
    for plane in planes(frame):
        plane[:] = np.uint8(60 + n)
    output.produce(
        frame,
        Received(
            unit=b"",
            codec="h264",
            key=n == 0,
            arrived_s=100 + n * 0.08,
            capture_us=1_000_000 * n,
            reported=False,
            first=n == 0,
            damaged=n in damaged,
        ),
    )


def _kinds(node: _Node) -> list[MessageType]:
    return [m.type for m in node.taken]


def test_config_first_then_a_key_frame_then_deltas() -> None:
    node = _Node()
    output = _output(node)
    for n in range(4):
        _show(output, n)
    assert _kinds(node) == [MessageType.CONFIG, *[MessageType.FRAME] * 3, MessageType.FRAME]
    first, *rest = node.taken[1:]
    assert first.flags == Flag.KEY | Flag.DISCONTINUITY | Flag.CAPTURE_ESTIMATED
    assert all(m.flags == Flag.CAPTURE_ESTIMATED for m in rest)
    assert [m.seq for m in node.taken[1:]] == [0, 1, 2, 3]


def test_a_config_the_node_had_no_room_for_comes_again_before_any_frame() -> None:
    node = _Node()
    output = _output(node)
    node.full = True
    for n in range(3):
        _show(output, n)
    node.full = False
    for n in range(3, 6):
        _show(output, n)
    assert _kinds(node)[:2] == [MessageType.CONFIG, MessageType.FRAME]
    assert {m.config for m in node.taken} == {1}
    assert node.taken[1].flags & Flag.KEY


def test_after_a_lost_frame_comes_a_key_frame_and_the_sequence_shows_the_hole() -> None:
    node = _Node()
    output = _output(node)
    for n in range(10):
        node.full = n == 2
        _show(output, n)
    frames = node.taken[1:]
    assert [m.seq for m in frames[:2]] == [0, 1]
    again = frames[2]
    assert again.seq == 3
    assert again.flags & (Flag.KEY | Flag.DISCONTINUITY) == Flag.KEY | Flag.DISCONTINUITY
    assert not any(m.flags & Flag.DISCONTINUITY for m in frames[3:])


def test_a_new_size_has_a_new_config_and_begins_with_a_key_frame() -> None:
    node = _Node()
    output = _output(node)
    _show(output, 0)
    _show(output, 1, (320, 180))
    kinds = [(m.type, m.config) for m in node.taken]
    assert kinds == [
        (MessageType.CONFIG, 1), (MessageType.FRAME, 1), (MessageType.CONFIG, 2), (MessageType.FRAME, 2)
    ]  # fmt: skip
    assert node.taken[-1].flags & Flag.KEY


def test_after_the_deadline_there_is_nothing_not_even_a_config() -> None:
    node = _Node()
    output = _output(node, for_s=-0.001)
    _show(output, 0)
    assert output.is_over()
    assert node.taken == []
    output = _output(node)
    _show(output, 0)
    made = len(node.taken)
    output.deadline_s = boot_s()
    _show(output, 1)
    assert len(node.taken) == made
