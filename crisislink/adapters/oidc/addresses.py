"""Which addresses a provider may send us, or a browser, to: its own, over TLS.

What a provider publishes is hostile until checked: an endpoint that points elsewhere would make us ask our
own network's services (SSRF), or hand a code to a stranger. Stricter than RFC 3986 on purpose: no user
information, no fragment, no backslash, so that no two parsers can read an address differently.
"""

import re

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?][!-\"$-\[\]-~]*)?",
    re.IGNORECASE,
)
_ADDRESS_MAX = 2_048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def origin(url: str) -> str | None:
    """`scheme://host:port`, always with its port; None when it is no address we would go to."""
    found = _ADDRESS.fullmatch(url) if len(url) <= _ADDRESS_MAX else None
    if found is None:
        return None
    scheme, host = found["scheme"].lower(), found["host"].lower()
    if scheme == "http" and host not in _LOOPBACK:
        return None
    return f"{scheme}://{host}:{int(found['port'] or _DEFAULT_PORTS[scheme])}"


def loopback(url: str) -> bool:
    """Whether the address never leaves this machine."""
    found = _ADDRESS.fullmatch(url)
    return found is not None and found["host"].lower() in _LOOPBACK
