"""Where the demo provider listens, for whom it vouches, and which service may ask."""

import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER, PEOPLE, DemoPerson
from crisislink.flow.machines import Scope

SCOPES = frozenset({"openid", "profile"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """A service that may ask who someone is. Addresses match exactly or not at all.

    The methods are those of Authlib's `ClientMixin`.
    """

    client_id: str
    client_secret: SecretStr
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    scopes: frozenset[str] = SCOPES
    audience: str | None = None
    """For a machine: what its access tokens are made out to. It speaks for itself, never for a person."""

    @property
    def client_metadata(self) -> dict[str, list[str]]:
        """What the end-session endpoint asks for."""
        return {"post_logout_redirect_uris": list(self.post_logout_redirect_uris)}

    def get_client_id(self) -> str:
        """The id."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: the request has to say."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """What of the scopes asked for is given."""
        return " ".join(s for s in (scope or "").split() if s in self.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is registered, to the letter."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """In constant time."""
        return hmac.compare_digest(self.client_secret.get_secret_value().encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """HTTP Basic at the token endpoint, nothing else."""
        return endpoint == "token" and method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        """Code only, and none for a machine."""
        return response_type == "code" and self.audience is None

    def check_grant_type(self, grant_type: str) -> bool:
        """Code for persons, the client's own credentials for machines: no refresh tokens, no passwords."""
        return grant_type == ("authorization_code" if self.audience is None else "client_credentials")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerConfig:
    """One organisation's provider. `name` is its path: `<base_url>/<name>` is the issuer."""

    name: str
    title_fr: str
    title_en: str
    people: tuple[DemoPerson, ...]
    clients: tuple[RelyingParty, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """The whole provider. `base_url` has to be on loopback: persons are clicked, not authenticated."""

    base_url: str
    issuers: tuple[IssuerConfig, ...]

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme != "http" or not is_loopback(parts.hostname) or parts.path:
            raise ValueError(
                f"the demo identity provider runs on this machine only, not at {self.base_url!r}"
            )

    @property
    def host(self) -> str:
        """The only `Host` header it answers to."""
        return urlsplit(self.base_url).netloc

    def issuer(self, name: str) -> str:
        """The issuer identifier."""
        return f"{self.base_url}/{name}"


def is_loopback(host: str | None) -> bool:
    """Whether `host` can only be this machine."""
    if host == "localhost":
        return True
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def demo_machine(public_url: str) -> RelyingParty:
    """The hospital's dispatch software. Its secret is known to all, as everybody's click: loopback only."""
    return RelyingParty(
        client_id="lrm-demo",
        client_secret=SecretStr("lrm-demo"),
        redirect_uris=(),
        scopes=frozenset(Scope),
        audience=f"{public_url}/api",
    )


def demo_config(
    base_url: str, clients: Mapping[str, RelyingParty], machines: Mapping[str, RelyingParty] | None = None
) -> ProviderConfig:
    """The demo's two issuers with their people.

    Args:
        base_url: `http://localhost:<port>`, without a slash at the end.
        clients: `HOSPITAL_PROVIDER` and `CITY_PROVIDER` to the service's registration there.
        machines: the same to dispatch software, where there is some.
    """
    spoken = machines or {}
    titles = {
        HOSPITAL_PROVIDER: ("CHU de Toulouse", "Toulouse University Hospital"),
        CITY_PROVIDER: ("Ville de Toulouse", "City of Toulouse"),
    }
    issuers = tuple(
        IssuerConfig(
            name=name,
            title_fr=fr,
            title_en=en,
            people=tuple(p for p in PEOPLE if p.provider == name),
            clients=(clients[name], *([] if name not in spoken else [spoken[name]])),
        )
        for name, (fr, en) in titles.items()
    )
    return ProviderConfig(base_url=base_url, issuers=issuers)
