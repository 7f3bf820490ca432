"""EXERCICE in the picture itself: decoded, in every rendition, over the masks and never instead of them."""

import base64
import json

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from crisislink.media.frames import Message, MessageType, Rendition
from crisislink.media.masks import MASK_YUV
from crisislink.media.orders import AddOutput, Watermark
from crisislink.media.output import Output, boot_s
from crisislink.media.picture import Studio, planes
from crisislink.media.received import Received
from crisislink.media.watermark import line_height

_BAND_Y, _BAND_U, _BAND_V = 150, 60, 175
_LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def _decoded(rendition: Rendition, *, exercise: bool) -> tuple[NDArray[np.uint8], ...]:
    """What a viewer sees of a light scene whose left half is masked: Y, U, V."""
    studio, scene = Studio([_LEFT], [(1280, 720)]), av.VideoFrame(1280, 720, "yuv420p")
    for plane, value in zip(planes(scene), (200, 128, 128), strict=True):
        plane[:] = value
    sent: list[Message] = []
    mark = Watermark(
        organisation="SAMU 31", reference="7K2QX", camera_label="351 Exercice", exercise=exercise
    )
    order = AddOutput(
        id=1, rendition=rendition.value, epoch=1, watermark=mark, deadline_boot_s=boot_s() + 60, grant="gr_1"
    )

    def put(_: int, message: Message) -> bool:
        sent.append(message)
        return True

    output = Output(order, camera="cam_351", put=put)
    studio.see(scene)
    received = Received(
        unit=b"",
        codec="h264",
        key=True,
        arrived_s=100,
        capture_us=0,
        reported=False,
        first=True,
        damaged=False,
    )
    output.produce(studio.masked(scene, rendition, 0.0), received)
    config, picture = sent
    assert (config.type, picture.type) == (MessageType.CONFIG, MessageType.FRAME)
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = base64.b64decode(json.loads(config.payload)["avcc"])
    [shown] = [*decoder.decode(av.Packet(picture.payload)), *decoder.decode(None)]
    assert isinstance(shown, av.VideoFrame)
    return tuple(plane.copy() for plane in planes(shown))


@pytest.mark.parametrize("rendition", list(Rendition), ids=lambda rendition: rendition.name)
def test_the_band_is_in_the_decoded_picture_and_the_mask_is_as_it_was(rendition: Rendition) -> None:
    luma, u, v = _decoded(rendition, exercise=True)
    line = line_height(luma.shape[0])
    band = slice(2 * line + 2, 3 * line - 2)
    chroma = slice(line + 2, 3 * line // 2 - 2)
    assert abs(float(np.median(luma[band])) - _BAND_Y) < 6
    assert abs(float(np.median(u[chroma])) - _BAND_U) < 6
    assert abs(float(np.median(v[chroma])) - _BAND_V) < 6
    assert luma[band].min() < 60, "its letters are dark"
    width = luma.shape[1]
    below = luma[3 * line + 6 :, : width // 2 - 8]
    assert abs(float(np.median(below)) - MASK_YUV[0]) < 12, "masked as without it"
    assert below.max() < 120, "nothing of the light scene behind the mask"
    assert float(np.median(luma[3 * line + 6 :, width // 2 + 8 :])) > 180


@pytest.mark.parametrize("rendition", list(Rendition), ids=lambda rendition: rendition.name)
def test_in_earnest_there_is_none(rendition: Rendition) -> None:
    luma, u, _ = _decoded(rendition, exercise=False)
    line = line_height(luma.shape[0])
    assert float(np.median(u[line + 2 : 3 * line // 2 - 2])) > 120
