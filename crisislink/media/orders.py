"""What the node and a camera's worker say to each other over their Unix socket.

    node → worker   u32 length, JSON: Open first, then AddOutput, DropOutput, ForceKey, Renew, Stop
    worker → node   u32 length, u32 output id, then a packed `frames.Message`; id 0xFFFFFFFF: Status as JSON

Lengths count what follows them. Both sides trust nothing: a malformed message ends the worker.
"""

import struct
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter

from crisislink.core.cameras import MaskStyle
from crisislink.media.frames import PAYLOAD_MAX

LENGTH = struct.Struct(">I")
PRODUCED = struct.Struct(">II")
STATUS_ID = 0xFFFFFFFF
ORDER_MAX = 1 << 20
PRODUCED_MAX = PAYLOAD_MAX + 1024

Fault = Literal["unreachable", "not_allowed", "auth", "not_found", "codec", "protocol", "garbage"]
State = Literal["connecting", "live", "stalled", "fault"]
Suspect = Literal["black", "frozen", "damaged"]
Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Watermark(_Said):
    """What is written into the picture beside the time."""

    organisation: str
    reference: str
    camera_label: str
    person: str | None = None
    exercise: bool


class Open(_Said):
    """One stream of a camera. Its address carries credentials: it is never shown."""

    kind: Literal["open"] = "open"
    camera: str
    address: str = Field(repr=False)
    polygons: tuple[tuple[Point, ...], ...]
    sizes: tuple[tuple[int, int], ...]
    style: MaskStyle = MaskStyle.SOLID
    warm_until_boot_s: FiniteFloat


class AddOutput(_Said):
    """Make one more picture until the deadline (seconds on CLOCK_BOOTTIME)."""

    kind: Literal["add"] = "add"
    id: Annotated[int, Field(ge=0, lt=STATUS_ID)]
    rendition: Literal[1, 2, 3, 4]
    epoch: Annotated[int, Field(ge=0, lt=1 << 32)]
    watermark: Watermark
    deadline_boot_s: FiniteFloat
    grant: str


class DropOutput(_Said):
    """No longer."""

    kind: Literal["drop"] = "drop"
    id: int


class ForceKey(_Said):
    """A key frame, soon."""

    kind: Literal["key"] = "key"
    id: int


class Renew(_Said):
    """Go on until then."""

    kind: Literal["renew"] = "renew"
    id: int
    deadline_boot_s: FiniteFloat


class Stop(_Said):
    """Leave the camera politely and exit."""

    kind: Literal["stop"] = "stop"


class Status(_Said):
    """How the camera is: on every change, and each second. `detail` never holds credentials.

    The last picture taken in: its capture time (UTC, µs), its size in pixels, and the source's measured
    frames a second.
    """

    state: State
    fault: Fault | None = None
    suspect: Suspect | None = None
    detail: str = ""
    capture_us: int | None = None
    source_size: tuple[int, int] | None = None
    source_fps: FiniteFloat | None = None

    def differs(self, other: "Status") -> bool:
        """Whether somebody should hear of it now; the last picture's data change all the time."""
        return (self.state, self.fault, self.suspect, self.detail) != (
            other.state,
            other.fault,
            other.suspect,
            other.detail,
        )


Order = Open | AddOutput | DropOutput | ForceKey | Renew | Stop
ORDER: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="kind")])


def pack_order(order: Order) -> bytes:
    """An order as it travels."""
    body = order.model_dump_json().encode()
    return LENGTH.pack(len(body)) + body


def pack_produced(output: int, message: bytes) -> bytes:
    """A message of an output as it travels."""
    return PRODUCED.pack(len(message) + 4, output) + message


def pack_status(status: Status) -> bytes:
    """A status as it travels."""
    return pack_produced(STATUS_ID, status.model_dump_json().encode())
