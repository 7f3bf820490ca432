"""How a simulated camera behaves: well, or in one of the ways real cameras fail."""

from enum import StrEnum


class Behaviour(StrEnum):
    """Closed list; switched at run time by `CameraFarm.behave`. `playing` ones send packets."""

    NORMAL = "normal"
    STALL = "stall"  # the connection stays open, packets stop
    FROZEN = "frozen"  # the same picture over and over, packets flow
    BLACK = "black"  # a lens cap: valid video, black
    GARBAGE = "garbage"  # valid RTP headers, random payload
    FLAP = "flap"  # plays, hangs up after a few seconds, again and again
    OFFLINE = "offline"  # hangs up before it answers
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  401 for everyone
    UNKNOWN_CODEC = "unknown_codec"  # describes a codec nobody knows
    NOT_FOUND = "not_found"  # 404
    SILENT = "silent"  # accepts the connection, never answers

    @property
    def keeps_sessions(self) -> bool:
        """Whether a session that plays goes on playing, in whatever way, when this is switched on."""
        return self in _KEEPS_SESSIONS


_KEEPS_SESSIONS = frozenset(
    {
        Behaviour.NORMAL,
        Behaviour.STALL,
        Behaviour.FROZEN,
        Behaviour.BLACK,
        Behaviour.GARBAGE,
        Behaviour.FLAP,
        Behaviour.SILENT,
    }
)
