"""The domain under which a host is registered, by the public suffix list that tldextract brings along.

The list is never updated over the network: that would be a request of our own to a third party, in the crawl's process.
"""

from functools import lru_cache

from tldextract import TLDExtract

_EXTRACT = TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


@lru_cache(maxsize=10_000)
def get_registrable_domain(host: str) -> str | None:
    """Return the registrable domain of a host, which may have a port; ``None`` for addresses and public suffixes.

    A top-level domain that is not in the list counts as a suffix.

    >>> get_registrable_domain("sport.paper.co.uk"), get_registrable_domain("co.uk"), get_registrable_domain("10.0.0.1")
    ('paper.co.uk', None, None)
    >>> get_registrable_domain("sport.paper.test"), get_registrable_domain("localhost")
    ('paper.test', None)
    """
    parts = _EXTRACT.extract_str(host.partition(":")[0])
    if parts.suffix or not parts.subdomain or parts.ipv4:
        return parts.top_domain_under_public_suffix or None
    return ".".join((parts.subdomain.rpartition(".")[2], parts.domain))


def is_public_suffix(host: str) -> bool:
    """Return whether anybody may register a domain under a host, so that no cookie may be set for it.

    >>> is_public_suffix("co.uk"), is_public_suffix("paper.co.uk")
    (True, False)
    """
    return not _EXTRACT.extract_str(host).domain
