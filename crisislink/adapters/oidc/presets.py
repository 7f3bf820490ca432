"""How each make of provider differs from the standard, as values. Where the settings say nothing, these hold.

Sources: the makers' own documentation, named in `docs/connecting/`. What a preset cannot know (issuer,
client, secret) is always the settings'.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ClientAuthentication = Literal[
    "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"
]
Algorithm = Literal["RS256", "PS256", "ES256"]


class Make(StrEnum):
    """Whose provider it is."""

    GENERIC = "generic"
    KEYCLOAK = "keycloak"
    ENTRA = "entra"
    ADFS = "adfs"
    PRO_SANTE_CONNECT = "pro-sante-connect"
    PROCONNECT = "proconnect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A provider's ways.

    Attributes:
        discovery_path: after the issuer.
        origins: where else than the issuer's own origin it may send us.
        scopes: what is asked for.
        algorithms: the only ones its tokens may be signed with.
        authentication: how we prove who we are.
        assertion_audience: whom a `private_key_jwt` is made out to. The issuer wherever it is accepted: a
            token endpoint may be named by somebody else's metadata.
        pkce: False only where the provider refuses the parameters.
        freshness: how a recent authentication is asked for; `auth_time` is checked either way.
        acr_request: how an authentication class is asked for; the returned `acr` is checked either way.
        acr_values: the classes that every sign-in needs; empty for any.
        step_up_acr_values: the classes one of which approving needs; empty for those of every sign-in.
        person: the claims that name a person to the roster, joined by `:`.
        name: the claims that make a display name, joined by a space.
        roles: the path to the provider's own list of roles or groups.
        userinfo: whether the userinfo answer is asked for, and how it comes.
        bearer: where the access token goes then (RFC 6750); a body may end in a log.
    """

    discovery_path: str = "/.well-known/openid-configuration"
    origins: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("openid",)
    algorithms: tuple[Algorithm, ...] = ("RS256",)
    authentication: ClientAuthentication = "client_secret_basic"
    assertion_audience: Literal["issuer", "token_endpoint"] = "issuer"
    pkce: bool = True
    freshness: Literal["max_age", "prompt"] = "max_age"
    acr_request: Literal["acr_values", "claims"] = "acr_values"
    acr_values: tuple[str, ...] = ()
    step_up_acr_values: tuple[str, ...] = ()
    person: tuple[str, ...] = ("sub",)
    name: tuple[str, ...] = ("name",)
    roles: tuple[str, ...] = ()
    userinfo: Literal["none", "json", "jwt"] = "none"
    bearer: Literal["header", "body"] = "header"


PRESETS: dict[Make, Preset] = {
    Make.GENERIC: Preset(scopes=("openid", "profile")),
    Make.KEYCLOAK: Preset(scopes=("openid", "profile"), roles=("realm_access", "roles")),
    Make.ENTRA: Preset(
        # `sub` differs for each application: `oid` within `tid` is the person
        origins=("https://graph.microsoft.com",),
        scopes=("openid", "profile"),
        assertion_audience="token_endpoint",
        freshness="prompt",  # max_age is ignored; `auth_time` is an optional claim to be switched on
        person=("tid", "oid"),
        roles=("roles",),
    ),
    Make.ADFS: Preset(
        # claim rules decide what comes; `upn` comes without one
        assertion_audience="token_endpoint",
        person=("upn",),
        name=("unique_name",),
        roles=("group",),
    ),
    Make.PRO_SANTE_CONNECT: Preset(
        discovery_path="/.well-known/wallet-openid-configuration",
        origins=("https://wallet.esw.esante.gouv.fr", "https://wallet.bas.esw.esante.gouv.fr"),
        scopes=("openid", "scope_all"),
        acr_values=("eidas1",),
        person=("SubjectNameID",),
        name=("given_name", "family_name"),
        userinfo="jwt",
    ),
    Make.PROCONNECT: Preset(
        # any parameter that its documentation does not name is an error (Y000400)
        scopes=("openid", "given_name", "usual_name", "uid", "siret", "idp_id"),
        authentication="client_secret_post",
        pkce=False,
        freshness="prompt",
        acr_request="claims",
        name=("given_name", "usual_name"),
        userinfo="jwt",
    ),
}

UNTRUSTED_ROLES = frozenset({"Acces_Regulation_Medicale"})
"""Claims by which nobody is let in: the provider does not answer for them."""
