"""From where a request comes, and whose word about that counts."""

from ipaddress import ip_network

import pytest
from structlog.testing import capture_logs

from com1d.gateway.signin.addresses import is_among
from gateway.portal import opened


NETWORKS = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"), ip_network("10.0.0.1")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", True), ("192.0.3.7", False), ("2001:db8::1", True), ("2001:db9::1", False),
        ("10.0.0.1", True), ("::ffff:192.0.2.7", True), ("fe80::1%eth0", False), ("", False),
        ("192.0.2.7.evil", False), ("unix:", False),
    ],
)  # fmt: skip
def test_addresses_in_networks(address, expected):
    """IPv4, IPv6, and IPv4 in IPv6; what is no address is in none."""
    assert expected == is_among(address, NETWORKS)


@pytest.mark.parametrize(
    ("proxies", "said", "expected"),
    [
        ((), "198.51.100.1", "127.0.0.1"),
        ((ip_network("127.0.0.1"),), "198.51.100.1", "198.51.100.1"),
        ((ip_network("127.0.0.1"),), "forged, 198.51.100.1", "198.51.100.1"),
        ((ip_network("127.0.0.1"),), "x" * 99, "127.0.0.1"),
    ],
)
async def test_whose_word_counts(run_dir, proxies, said, expected):
    """The nearest proxy's, where it is ours; what browsers put before it does not count."""
    async with opened(run_dir, settings={"proxies": proxies}) as portal:
        async with portal.browser() as browser:
            with capture_logs() as lines:
                await browser.post("link", json={"token": "x"}, headers={"X-Forwarded-For": said})

    assert {expected} == {line["address"] for line in lines if "address" in line}
