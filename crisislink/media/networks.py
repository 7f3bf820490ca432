"""Where cameras may be: in the networks that the city names, and never where no camera is. Pure.

An address comes from whoever edits the inventory, and a name from whoever answers for it in the DNS: without
this, either could have the service's own network read (SSRF). Names are looked up once for each connection,
every address found is held against this, and the connection goes to that address (`media/switchboard`).
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1"))
_EMBEDDED = tuple(
    IPv6Network(each)
    for each in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)
"""IPv6 that carries an IPv4 address inside: it would say in another way what the list says of IPv4."""
_METADATA = tuple(
    ip_network(each)
    for each in ("169.254.0.0/16", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::/32")
)
"""Where clouds tell a machine its secrets."""


class CameraNetworks:
    """`named`: by the settings; none: no camera is read. `loopback`: the demonstration's cameras are here."""

    def __init__(self, named: Collection[Network], *, loopback: bool = False) -> None:
        self._named = tuple(named)
        self._loopback = loopback

    def holds(self, address: str) -> bool:
        """Whether a camera may be at this address, as the resolver writes it."""
        try:
            at = ip_address(address)
        except ValueError:
            return False
        if any(at in network for network in _LOOPBACK):
            return self._loopback
        return not _nowhere(at) and any(at in network for network in self._named)

    def own(self, ours: str, theirs: str) -> bool:
        """Whether a connection leads back to this machine: its own services are no cameras."""
        return ours == theirs and not (self._loopback and ip_address(theirs).is_loopback)


def _nowhere(at: IPv4Address | IPv6Address) -> bool:
    """Whatever the settings say."""
    return (
        at.is_link_local
        or at.is_multicast
        or at.is_unspecified
        or at.is_reserved
        or (isinstance(at, IPv6Address) and (at.is_site_local or at.scope_id is not None))
        or any(at in network for network in (*_EMBEDDED, *_METADATA))
    )
