"""What we know of an identity provider before speaking to it: pinned, never learnt from its own answers."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from crisislink.core.actors import Side

ALGORITHMS = frozenset({"RS256", "PS256", "ES256"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderProfile:
    """One organisation's OpenID provider and our registration with it.

    `algorithms` are the only ones an ID token may be signed with. `redirect_path` is this provider's own, so
    that an answer of one cannot be taken for an answer of another (RFC 9700, section 4.4).
    """

    id: str
    label: str
    side: Side
    issuer: str
    client_id: str
    client_secret: SecretStr
    scopes: tuple[str, ...] = ("openid",)
    algorithms: tuple[str, ...] = ("RS256",)

    def __post_init__(self) -> None:
        if not self.algorithms or not ALGORITHMS.issuperset(self.algorithms):
            raise ValueError(f"ID tokens may be signed with {sorted(ALGORITHMS)} only")
        if "openid" not in self.scopes:
            raise ValueError("the scope openid is what makes it OpenID Connect")
        if not safe_transport(self.issuer):
            raise ValueError(f"an issuer needs https (http on loopback only): {self.issuer!r}")

    @property
    def redirect_path(self) -> str:
        """Where this provider sends people back to."""
        return f"/auth/callback/{self.id}"

    @property
    def signed_out_path(self) -> str:
        """Where it sends them after signing out."""
        return f"/auth/signed-out/{self.id}"


def safe_transport(url: str) -> bool:
    """Whether secrets may travel to `url`: https, or http that never leaves this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
