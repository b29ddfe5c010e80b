"""To which addresses a server may be sent by its clients: public ones, and what is allowed.

Sources: IANA's special-purpose registries (RFC 6890 and its updates). `ipaddress` knows most of
them, but not the same in every release of Python; what some releases let through stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

METADATA = frozenset(
    ip_address(each) for each in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")
)
"""Where clouds hand credentials to their machines; refused even inside an allowed network."""
SPECIAL = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared address space; Alibaba Cloud's internal services live there
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",  # IPv4-compatible
        "64:ff9b:1::/48",  # NAT64 of a local network
        "100::/64",
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "2002::/16",  # 6to4, which can mean any IPv4 address
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """Public unicast addresses, and those in `allowed`."""

    allowed: tuple[Network, ...] = ()

    def permits(self, text: str) -> bool:
        """Whether a connection to the address may be made; False for what is no address."""
        try:
            address = _meant(ip_address(text.partition("%")[0]))
        except ValueError:
            return False
        if address in METADATA:
            return False
        return _is_in(address, self.allowed) or _is_public(address)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks in CIDR notation.

    Raises:
        ValueError: one is none, or has bits set beyond its length; the text says which.
    """
    return tuple(ip_network(text.strip()) for text in texts)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not _is_in(address, SPECIAL)
    )
