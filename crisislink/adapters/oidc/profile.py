"""What we know of an identity provider before speaking to it: pinned, never learnt from its own answers."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from crisislink.adapters.oidc.accesstoken import MachineAccess
from crisislink.adapters.oidc.addresses import loopback, origin
from crisislink.adapters.oidc.clientkey import ClientKey
from crisislink.adapters.oidc.presets import PRESETS, UNTRUSTED_ROLES, Make, Preset
from crisislink.core.actors import Side

ALGORITHMS = frozenset({"RS256", "PS256", "ES256"})
_MANY_TENANTS = frozenset({"common", "organizations", "consumers", "{tenantid}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderProfile:
    """One organisation's OpenID provider and our registration with it.

    `algorithms` are the only ones an ID token may be signed with. `redirect_path` is this provider's own, so
    that an answer of one cannot be taken for an answer of another (RFC 9700, section 4.4). `required_role`:
    nobody comes in of whom the provider does not say that. `ca_file`: the only authority for its certificate.
    """

    id: str
    label: str
    side: Side
    issuer: str
    client_id: str
    client_secret: SecretStr | None = None
    client_key: ClientKey | None = field(default=None, repr=False)
    make: Make = Make.GENERIC
    ways: Preset = PRESETS[Make.GENERIC]
    required_role: str | None = None
    ca_file: Path | None = None
    machines: MachineAccess | None = None

    def __post_init__(self) -> None:
        if not self.ways.algorithms or not ALGORITHMS.issuperset(self.ways.algorithms):
            raise ValueError(f"ID tokens may be signed with {sorted(ALGORITHMS)} only")
        if "openid" not in self.ways.scopes:
            raise ValueError("the scope openid is what makes it OpenID Connect")
        if any(origin(address) is None for address in self.addresses):
            raise ValueError(f"an issuer needs https (http on loopback only): {self.issuer!r}")
        if self.machines is not None and self.machines.audience == self.client_id:
            raise ValueError("machines need an audience of their own: an ID token must never pass for theirs")
        self._check_credentials()
        self._check_person()

    def _check_credentials(self) -> None:
        by_secret = self.ways.authentication.startswith("client_secret")
        if by_secret and not (self.client_secret and self.client_secret.get_secret_value()):
            raise ValueError(f"{self.ways.authentication} needs client_secret")
        if not by_secret and self.client_key is None:
            raise ValueError(f"{self.ways.authentication} needs client_key_file")
        certified = self.client_key is not None and self.client_key.certificate is not None
        if self.ways.authentication == "tls_client_auth" and not certified:
            raise ValueError("tls_client_auth needs a certificate in client_key_file")

    def _check_person(self) -> None:
        if not self.ways.person:
            raise ValueError("some claim must name the person")
        if self.make is Make.ENTRA and not _MANY_TENANTS.isdisjoint(urlsplit(self.issuer).path.split("/")):
            raise ValueError("an Entra issuer must name one tenant, or anybody's tenant could sign in")
        if self.required_role is not None:
            if not self.ways.roles:
                raise ValueError("required_role needs the path of the claim that lists roles")
            if not UNTRUSTED_ROLES.isdisjoint((self.required_role, *self.ways.roles)):
                raise ValueError("nobody may be let in by this claim: the provider does not answer for it")

    @property
    def addresses(self) -> tuple[str, ...]:
        """The issuer, and what else is the provider's."""
        return (self.issuer, *self.ways.origins)

    @property
    def origins(self) -> frozenset[str]:
        """Where this provider may send us or a browser."""
        found = (origin(address) for address in self.addresses)
        return frozenset(at for at in found if at is not None)

    @property
    def on_this_machine(self) -> bool:
        """Whether it is the demonstration's or a test's: no proxy must ever see it."""
        return loopback(self.issuer)

    def is_strong(self, acr: str | None) -> bool:
        """Whether an authentication of this class is enough to approve."""
        return not self.ways.step_up_acr_values or acr in self.ways.step_up_acr_values

    @property
    def redirect_path(self) -> str:
        """Where this provider sends people back to."""
        return f"/auth/callback/{self.id}"

    @property
    def signed_out_path(self) -> str:
        """Where it sends them after signing out."""
        return f"/auth/signed-out/{self.id}"

    @property
    def backchannel_path(self) -> str:
        """Where it tells us that somebody signed out."""
        return f"/auth/backchannel/{self.id}"
