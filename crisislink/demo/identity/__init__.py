"""The demo's identity provider: real OpenID Connect, invented people, no passwords, this machine only.

Two issuers, as in life: the hospital's and the city's (the commission signs in at the city's). The service
knows them only as it would know any provider: discovery, keys, endpoints.

    authorize ─▶ page of persons ─▶ choose ─▶ code ─▶ token (PKCE) ─▶ ID token      issuer.py: the protocol
    app.py: routes and cookies         page.py: what people see
"""

from crisislink.demo.identity.app import build_provider
from crisislink.demo.identity.settings import (
    IssuerConfig,
    ProviderConfig,
    RelyingParty,
    demo_config,
    demo_machine,
)

__all__ = ["IssuerConfig", "ProviderConfig", "RelyingParty", "build_provider", "demo_config", "demo_machine"]
