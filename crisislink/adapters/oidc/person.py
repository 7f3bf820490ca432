"""Which person of the roster the provider's claims name. The roster alone decides what they may do here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crisislink.adapters.oidc.presets import Make
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.untrusted import Untrusted
from crisislink.core.roster import MACHINE

_PART_MAX = 255
_NAME_MAX = 120
_JOINED_BY = ":"


@dataclass(frozen=True, slots=True)
class Named:
    """`subject` is what the roster keeps; `name` is for people to read and proves nothing."""

    subject: str
    name: str | None


def named(profile: ProviderProfile, claims: Mapping[str, Any]) -> Named:
    """The person these checked claims name.

    Raises:
        Untrusted: they name nobody, or nobody whom the provider lets in.
    """
    _check_tenant(profile, claims)
    _check_role(profile, claims)
    parts = [_part(claims, name) for name in profile.ways.person]
    if len(parts) > 1 and any(_JOINED_BY in part for part in parts):
        raise Untrusted("a claim that would name somebody else once joined")
    if parts[0].startswith(MACHINE):
        raise Untrusted("a person who is called as software is")
    return Named(_JOINED_BY.join(parts), _name(profile, claims))


def _part(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _PART_MAX or not value.isprintable():
        raise Untrusted(f"no claim {name!r} to name the person by")
    return value


def _name(profile: ProviderProfile, claims: Mapping[str, Any]) -> str | None:
    words = [value for name in profile.ways.name if isinstance(value := claims.get(name), str)]
    joined = "".join(c for c in " ".join(words) if c.isprintable()).strip()
    return joined[:_NAME_MAX] or None


def _check_tenant(profile: ProviderProfile, claims: Mapping[str, Any]) -> None:
    """Entra signs for every tenant with the same keys: the tenant must be the issuer's."""
    if profile.make is Make.ENTRA and str(claims.get("tid")) not in profile.issuer.split("/"):
        raise Untrusted("tid")


def _check_role(profile: ProviderProfile, claims: Mapping[str, Any]) -> None:
    if profile.required_role is None:
        return
    if _overage(claims, profile.ways.roles[0]):
        raise Untrusted("too many groups for the token: have the provider send an application role instead")
    found: Any = claims
    for name in profile.ways.roles:
        found = found.get(name) if isinstance(found, Mapping) else None
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or profile.required_role not in listed:
        raise Untrusted("the provider does not say the role that is required")


def _overage(claims: Mapping[str, Any], name: str) -> bool:
    """Entra names a place to ask when there are too many groups; we do not go there."""
    elsewhere = claims.get("_claim_names")
    return (isinstance(elsewhere, Mapping) and name in elsewhere) or claims.get("hasgroups") is True
