"""Which addresses may be talked to."""

import ipaddress

import pytest

from cleaning.web.networks import is_allowed_address, parse_literal_address
from crawler.config.models import ConfigError
from crawler.fetch.network_guard import find_proxy_hosts, parse_networks

LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0x7f.0.0.0x1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "LOCALHOST.",
    "news.localhost",
    "127.0.0.1.",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "0.0.0.0",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::]",
    "0",
    "017700000001",
    "１２７．０．０．１",
    "127｡0｡0｡1",
    "localhost..",
    "127.0.0.1..",
    "127.0.0.1%09",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    address = parse_literal_address(host)
    assert address is not None
    assert not is_allowed_address(address, ())


@pytest.mark.parametrize("host", ["example.org", "www.example.org", "1.2.3.4.example", "x127.0.0.1", "", "a" * 300])
def test_names_are_no_literals(host: str) -> None:
    assert parse_literal_address(host) is None


@pytest.mark.parametrize(
    ("address", "allowed", "expected"),
    [
        ("93.184.216.34", "", True),
        ("2606:2800:220:1::1", "", True),
        ("10.0.0.1", "", False),
        ("172.16.5.4", "", False),
        ("192.168.1.1", "", False),
        ("169.254.169.254", "", False),
        ("100.64.0.1", "", False),
        ("224.0.0.1", "", False),
        ("fe80::1", "", False),
        ("fd00::1", "", False),
        ("fec0::1", "", False),
        ("fe80::1%eth0", "", False),
        ("2002:a00:1::", "", False),
        ("64:ff9b::a9fe:a9fe", "", False),
        ("::ffff:100.64.0.1", "", False),
        ("0.0.0.0", "", False),
        ("255.255.255.255", "", False),
        ("198.18.0.1", "", False),
        ("127.0.0.1", "127.0.0.0/8", True),
        ("::ffff:127.0.0.1", "127.0.0.0/8", True),
        ("127.0.0.1", "10.0.0.0/8", False),
        ("::1", "127.0.0.0/8,::1", True),
        ("10.0.0.1", "127.0.0.0/8", False),
    ],
)
def test_public_addresses_and_allowed_networks(address: str, allowed: str, expected: bool) -> None:
    assert is_allowed_address(ipaddress.ip_address(address), parse_networks(allowed)) is expected


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError, match=r"CLEANWIRE_ALLOW_NETWORKS: '10\.0\.0\.0/99' is not a network"):
        parse_networks("127.0.0.0/8,10.0.0.0/99")


def test_only_the_proxies_themselves_may_be_private(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "ftp_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", "http://user:secret@proxy.intranet:3128")
    monkeypatch.setenv("https_proxy", "other.intranet:3128")
    monkeypatch.setenv("no_proxy", "wiki.intranet")
    assert find_proxy_hosts() == {"proxy.intranet", "other.intranet"}
