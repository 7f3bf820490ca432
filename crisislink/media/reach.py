"""Where cameras may be: an inventory that is wrong, or was tampered with, cannot point us at other machines.

The name of a camera's host is resolved once, and what is connected to is the very address that was checked.
"""

import ipaddress
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class CameraNetworks:
    """Without any network named: every address but those that no camera has, which are link-local ones, where
    clouds keep their secrets (169.254.169.254), multicast and unspecified ones."""

    networks: tuple[Network, ...] = ()

    def allow(self, host: str) -> bool:
        """Whether a camera may be at this numeric address."""
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if self.networks:
            return any(address in network for network in self.networks)
        return not (address.is_link_local or address.is_multicast or address.is_unspecified)
