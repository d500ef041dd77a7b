"""Which addresses are public, however they are spelt."""

import ipaddress
import socket
import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All that IPv6 has for public hosts. Beyond are ways to write IPv4 addresses, and networks of one site."""
_MAX_HOST_CHARACTERS: Final = 253


def unwrap_address(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, Teredo, NAT64), else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def is_allowed_address(address: IPAddress, allowed: Sequence[IPNetwork]) -> bool:
    """Whether the address is public, or in a network that the user allows.

    >>> is_allowed_address(ipaddress.ip_address("::ffff:10.0.0.1"), ())
    False
    """
    real = unwrap_address(address)
    if any(real in network or address in network for network in allowed):
        return True
    is_allotted = isinstance(real, ipaddress.IPv4Address) or real in _GLOBAL_UNICAST
    return is_allotted and real.is_global and not real.is_multicast


def parse_literal_address(host: str) -> IPAddress | None:
    """The address that a host part spells as a number, in any spelling that a resolver takes; else ``None``.

    >>> [str(parse_literal_address(host)) for host in ("127.1", "2130706433", "0x7f.1", "0177.1", "example.org")]
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1', 'None']
    """
    text = unicodedata.normalize("NFKC", unquote(host)).replace("。", ".").strip("[]").rstrip(".").lower()
    if not text or len(text) > _MAX_HOST_CHARACTERS:
        return None
    if text == "localhost" or text.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text)) if "\0" not in text else None
    except OSError:
        return None


def resolve_addresses(host: str) -> list[IPAddress]:
    """The addresses that a host part spells or that its name leads to; none for a name that is not known."""
    if literal := parse_literal_address(host):
        return [literal]
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
