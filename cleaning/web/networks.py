"""Decide which IP addresses are public, in whatever spelling a URL has them.

The network guard of the crawl and ``cleanwire clean`` use this to keep pages from reaching the user's own network, for
example the metadata service of a cloud at 169.254.169.254.
"""

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
"""The range from which IPv6 allots public addresses. Outside are notations of IPv4 addresses and local networks."""
_MAX_HOST_CHARACTERS: Final = 253
"""Characters of the longest host name in DNS."""


def unwrap_address(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address contains (mapped, 6to4, Teredo, NAT64), else the address itself.

    >>> unwrap_address(ipaddress.ip_address("64:ff9b::a00:1"))
    IPv4Address('10.0.0.1')
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def is_allowed_address(address: IPAddress, allowed: Sequence[IPNetwork]) -> bool:
    """Return whether an address is public, or in a network that the user allows.

    Args:
        address: the address of a server, as it was resolved.
        allowed: networks such as those of ``CLEANWIRE_ALLOW_NETWORKS``, public or not.

    >>> is_allowed_address(ipaddress.ip_address("::ffff:10.0.0.1"), ())
    False
    """
    real = unwrap_address(address)
    if any(real in network or address in network for network in allowed):
        return True
    # `is_global` is true for some IPv6 ranges that lead to IPv4 or local networks; so only allotted ones count.
    is_allotted = isinstance(real, ipaddress.IPv4Address) or real in _GLOBAL_UNICAST
    return is_allotted and real.is_global and not real.is_multicast


def parse_literal_address(host: str) -> IPAddress | None:
    """Return the address that the host part of a URL spells as a number, or ``None`` if it is a name.

    Resolvers accept IPv4 addresses with fewer than four parts, as one integer, in octal and in hexadecimal. Percent
    signs and full-width digits are decoded before. ``localhost`` counts as 127.0.0.1.

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
    # inet_aton reads the same odd spellings as the resolver: 127.1, 2130706433, 0x7f.1, 0177.1.
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text)) if "\0" not in text else None
    except OSError:
        return None


def resolve_addresses(host: str) -> list[IPAddress]:
    """Return the addresses of a host, by its literal spelling or by DNS; an empty list if it cannot be resolved.

    This blocks until the resolver answers.
    """
    if literal := parse_literal_address(host):
        return [literal]
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    # The part after % is the interface of a link-local address.
    return [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in answers]
