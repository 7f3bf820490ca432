"""H.264 and H.265 in RTP (RFC 6184, 7798) to Annex B. Pure.

Both cut NAL units the same way: one a packet, several a packet (STAP-A, AP), or one in fragments (FU). The
parameter sets, of the SDP or newer ones of the stream, stand before each key unit.
"""

from dataclasses import dataclass

from crisislink.media.received import SourceFault

START = b"\x00\x00\x00\x01"
_UNITS_MAX = 4_096
_SET_MAX_BYTES = 4_096
_SETS_MAX = 32


@dataclass(frozen=True, slots=True)
class Format:
    """What differs between the two. Numbers are NAL unit types."""

    header: int
    aggregation: int
    fragment: int
    unsupported: frozenset[int]
    parameter_sets: frozenset[int]
    pictures: frozenset[int]
    key_pictures: frozenset[int]

    def type_of(self, unit: bytes) -> int:
        """The type in a unit's header."""
        return unit[0] & 31 if self.header == 1 else unit[0] >> 1 & 63


H264 = Format(
    header=1,
    aggregation=24,
    fragment=28,
    unsupported=frozenset({25, 26, 27, 29}),  # interleaved mode, which no camera uses
    parameter_sets=frozenset({7, 8}),
    pictures=frozenset(range(1, 6)),
    key_pictures=frozenset({5}),
)
H265 = Format(
    header=2,
    aggregation=48,
    fragment=49,
    unsupported=frozenset({50}),
    parameter_sets=frozenset({32, 33, 34}),
    pictures=frozenset(range(32)),
    key_pictures=frozenset(range(16, 24)),
)


class NalPayload:
    """`units.Payload` of both. `decoding_order`: units carry a DONL (H.265 with sprop-max-don-diff)."""

    def __init__(
        self, format: Format, parameter_sets: tuple[bytes, ...] = (), *, decoding_order: bool = False
    ) -> None:
        self._format = format
        self._donl = 2 if decoding_order else 0
        self._sets: dict[bytes, bytes] = {}
        for unit in parameter_sets:
            if len(unit) > format.header and format.type_of(unit) in format.parameter_sets:
                self._keep(unit)
        self._units: list[bytes] = []
        self._fragments: bytearray | None = None
        self._size = 0

    @property
    def whole(self) -> bool:
        """See `units.Payload`."""
        return self._fragments is None

    @property
    def size(self) -> int:
        """See `units.Payload`."""
        return self._size

    def lose(self) -> None:
        """See `units.Payload`: a unit whose middle is missing is worth nothing to a decoder."""
        self._fragments = None

    def add(self, payload: bytes) -> bool:
        """See `units.Payload`."""
        if len(payload) <= self._format.header:
            return False
        kind = self._format.type_of(payload)
        if kind in self._format.unsupported:
            raise SourceFault("protocol", "the camera packs its pictures in a way that is not read")
        if kind == self._format.fragment:
            return self._fragment(payload)
        unfinished, self._fragments = self._fragments is not None, None
        if kind == self._format.aggregation:
            return self._several(payload) and not unfinished
        head = self._format.header
        return self._whole(payload[:head] + payload[head + self._donl :]) and not unfinished

    def _several(self, payload: bytes) -> bool:
        at, donl = self._format.header, self._donl
        whole = True
        while at < len(payload):
            at += donl
            donl = min(donl, 1)  # the first carries DONL, the others one byte of difference
            size = int.from_bytes(payload[at : at + 2])
            unit = payload[at + 2 : at + 2 + size]
            at += 2 + size
            if len(unit) != size or not self._whole(unit):
                whole = False
                break
        return whole

    def _fragment(self, payload: bytes) -> bool:
        head = self._format.header
        if len(payload) < head + 1:
            return False
        about = payload[head]
        kind, body = about & (31 if head == 1 else 63), payload[head + 1 :]
        fits = True
        if about & 0x80:
            fits = self._fragments is None  # one that never ended is lost
            self._fragments = bytearray(self._rebuilt(payload, kind) + body[self._donl :])
        elif self._fragments is None:
            fits = False
        else:
            self._fragments += body
        self._size += len(body)
        if about & 0x40 and self._fragments is not None:
            unit, self._fragments = bytes(self._fragments), None
            self._size -= len(unit)
            return self._whole(unit) and fits
        return fits

    def _rebuilt(self, payload: bytes, kind: int) -> bytes:
        if self._format.header == 1:
            return bytes([payload[0] & 0xE0 | kind])
        return bytes([payload[0] & 0x81 | kind << 1, payload[1]])

    def _whole(self, unit: bytes) -> bool:
        if len(unit) <= self._format.header or len(self._units) >= _UNITS_MAX:
            return False
        self._units.append(unit)
        self._size += len(unit)
        if self._format.type_of(unit) in self._format.parameter_sets:
            self._keep(unit)
        return True

    def _keep(self, unit: bytes) -> None:
        """The newest wins, by type and number."""
        if len(unit) <= _SET_MAX_BYTES:
            kind = bytes([self._format.type_of(unit)])
            self._sets[kind + _identity(self._format, unit)] = unit
            while len(self._sets) > _SETS_MAX:
                del self._sets[next(iter(self._sets))]

    def take(self) -> tuple[bytes, bool] | None:
        """See `units.Payload`."""
        units, self._units, self._fragments, self._size = self._units, [], None, 0
        kinds = {self._format.type_of(u) for u in units}
        if not kinds & self._format.pictures:
            return None
        carried = self._format.parameter_sets <= kinds
        key = bool(kinds & self._format.key_pictures) or (carried and self._format is H264 and _intra(units))
        if key and not carried:
            own = [u for u in units if self._format.type_of(u) not in self._format.parameter_sets]
            units = [*(self._sets[k] for k in sorted(self._sets)), *own]
        return START + START.join(units), key


def _intra(units: list[bytes]) -> bool:
    """Whether the first slice is an I slice: a camera without IDR puts its parameter sets before these."""
    slices = (u for u in units if u[0] & 31 == 1)
    bits = int.from_bytes(next(slices, b"\0")[1:9].ljust(8, b"\0"))
    _, bits = _exp_golomb(bits)
    kind, _ = _exp_golomb(bits)
    return kind in {2, 7}


def _identity(format: Format, unit: bytes) -> bytes:
    """The set's own number, an Exp-Golomb code at a known place; for H.265's VPS four bits."""
    kind = format.type_of(unit)
    if format.header == 1:
        return bytes([_golomb(unit, 32 if kind == 7 else 8)])
    if kind == 32:
        return unit[2:3]
    return b"\0" if kind == 33 else bytes([_golomb(unit, 16)])


def _golomb(unit: bytes, at: int) -> int:
    """ue(v) at the byte-aligned bit `at`, at most 255."""
    start = at // 8
    return min(255, _exp_golomb(int.from_bytes(unit[start : start + 8].ljust(8, b"\0")))[0])


def _exp_golomb(bits: int) -> tuple[int, int]:
    """ue(v) at the top of 64 bits, and the bits after it, moved up; what is malformed counts as 0."""
    zeros = 64 - bits.bit_length()
    if zeros > 31:
        return 0, 0
    used = 2 * zeros + 1
    return (bits >> (64 - used)) - 1, (bits << used) & ((1 << 64) - 1)
