"""OpenID Connect: proves who someone is, through their own organisation's provider."""

from crisislink.adapters.oidc.client import Finished, OidcClient
from crisislink.adapters.oidc.profile import ProviderProfile

__all__ = ["Finished", "OidcClient", "ProviderProfile"]
