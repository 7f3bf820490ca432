"""JPEG in RTP (RFC 2435) to a JPEG that stands alone: its headers are rebuilt from the packets'. Pure."""

import struct

from crisislink.media.received import SourceFault

_STANDARD_LUMA = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
    26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
    95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip
_STANDARD_CHROMA = (
    17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99,
    *[99] * 48,
)  # fmt: skip
_DC_LUMA = (bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)), bytes(range(12)))
_DC_CHROMA = (bytes((0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0)), bytes(range(12)))
_AC_LUMA = (
    bytes((0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D)),
    bytes.fromhex(
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728"
        "292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a83848586878889"
        "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2"
        "e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
)
_AC_CHROMA = (
    bytes((0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77)),
    bytes.fromhex(
        "0001020311040521310612415107617113223281081442 91a1b1c109233352f0156272d10a162434e125f11718191a26"
        "2728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a828384858687"
        "88898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9da"
        "e2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa".replace(" ", "")
    ),
)


class JpegPayload:
    """`units.Payload`: every picture stands alone, so each whole one is a key one."""

    def __init__(self) -> None:
        self._scan = bytearray()
        self._head = b""
        self._tables: dict[int, bytes] = {}

    @property
    def whole(self) -> bool:
        """See `units.Payload`: a part that is missing is counted by its place."""
        return True

    @property
    def size(self) -> int:
        """See `units.Payload`."""
        return len(self._scan)

    def lose(self) -> None:
        """See `units.Payload`. The offset in the next packet tells."""

    def add(self, payload: bytes) -> bool:
        """See `units.Payload`."""
        if len(payload) < 8:
            return False
        offset, kind, quality = int.from_bytes(payload[1:4]), payload[4], payload[5]
        size, at, interval = (payload[7] * 8, payload[6] * 8), 8, 0
        if 64 <= kind <= 127:
            if len(payload) < 12:
                return False
            interval, at = int.from_bytes(payload[8:10]), 12
        if offset == 0:
            if not all(size):
                raise SourceFault("protocol", "the camera's pictures are wider or higher than 2040 pixels")
            found = self._quantisation(payload, at, quality)
            if found is None or kind & 0x3F > 1:
                return False
            tables, at = found
            self._head = _headers(kind & 1, *size, tables, interval)
            self._scan = bytearray()
        elif offset != len(self._scan) or not self._head:
            return False
        self._scan += payload[at:]
        return True

    def _quantisation(self, payload: bytes, at: int, quality: int) -> tuple[bytes, int] | None:
        """128 bytes of tables (luma, chroma; zigzag), and where the picture begins."""
        if quality < 128:
            return (_computed(quality), at) if 1 <= quality <= 99 else None
        if len(payload) < at + 4:
            return None
        precision, length = payload[at + 1], int.from_bytes(payload[at + 2 : at + 4])
        end = at + 4 + length
        if length == 0 and quality in self._tables:
            return self._tables[quality], at + 4
        if precision or length not in {64, 128} or len(payload) < end:
            return None
        tables = payload[at + 4 : end] * (128 // length)
        self._tables[quality] = tables
        return tables, end

    def take(self) -> tuple[bytes, bool] | None:
        """See `units.Payload`."""
        scan, head, self._scan, self._head = self._scan, self._head, bytearray(), b""
        if not scan or not head:
            return None
        return b"".join((head, scan, b"" if scan.endswith(b"\xff\xd9") else b"\xff\xd9")), True


def _computed(quality: int) -> bytes:
    """The standard tables scaled (RFC 2435, appendix A)."""
    factor = 5000 // quality if quality < 50 else 200 - 2 * quality
    return bytes(min(255, max(1, (v * factor + 50) // 100)) for v in (*_STANDARD_LUMA, *_STANDARD_CHROMA))


def _headers(sampling: int, height: int, width: int, tables: bytes, interval: int) -> bytes:
    """Everything before the entropy-coded data. `sampling` 0: 4:2:2, 1: 4:2:0."""
    quantisation = b"".join(_segment(0xDB, bytes([n]) + tables[64 * n : 64 * n + 64]) for n in (0, 1))
    restart = _segment(0xDD, struct.pack(">H", interval)) if interval else b""
    first = 0x22 if sampling else 0x21
    components = bytes((1, first, 0, 2, 0x11, 1, 3, 0x11, 1))
    frame = _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + components)
    huffman = b"".join(
        _segment(0xC4, bytes([number]) + lengths + symbols)
        for number, (lengths, symbols) in (
            (0x00, _DC_LUMA), (0x10, _AC_LUMA), (0x01, _DC_CHROMA), (0x11, _AC_CHROMA)
        )
    )  # fmt: skip
    scan = _segment(0xDA, bytes((3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0)))
    return b"\xff\xd8" + quantisation + restart + frame + huffman + scan


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
