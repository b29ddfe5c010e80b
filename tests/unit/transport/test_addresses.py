"""Which addresses a client may send the server to."""

from __future__ import annotations

import pytest

from shared.transport.addresses import METADATA, AddressPolicy, parse_networks

PUBLIC = ("8.8.8.8", "47.95.85.22", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8")
PRIVATE = (
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.1.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:0.0.0.0",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:1:2::",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_permitted(address: str) -> None:
    assert AddressPolicy().permits(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_special_addresses_are_not(address: str) -> None:
    assert not AddressPolicy().permits(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.0.0.1", "1", "a%b", "::1::"])
def test_what_is_no_address_is_not_permitted(text: str) -> None:
    assert not AddressPolicy(allowed=parse_networks(["0.0.0.0/0", "::/0"])).permits(text)


def test_an_allowed_network_is_permitted_in_either_spelling() -> None:
    policy = AddressPolicy(allowed=parse_networks(["10.0.0.0/8", "fd00::/8"]))

    assert [policy.permits(a) for a in ("10.9.9.9", "::ffff:10.9.9.9", "fd00::9")] == [True] * 3
    assert not any(policy.permits(a) for a in ("192.168.0.1", "fe80::1", "127.0.0.1"))


@pytest.mark.parametrize("address", sorted(map(str, METADATA)))
def test_metadata_is_refused_whatever_is_allowed(address: str) -> None:
    everything = AddressPolicy(allowed=parse_networks(["0.0.0.0/0", "::/0"]))

    assert not everything.permits(address)
    assert not everything.permits(f"::ffff:{address}")


@pytest.mark.parametrize("text", ["10.0.0.1/8", "ten", "10.0.0.0/33", ""])
def test_a_wrong_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_networks([text])
