"""Recognises redirects to a page that asks for consent or a login, and leads back to the article afterwards."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

_WALL_NAMES: Final = frozenset(
    "accounts auth cmp consent consents cookie cookies cookiewall gdpr guce login privacy sso zustimmung".split()
)
"""Words of hosts and paths. A word counts as part of a name too, as in ``myprivacy`` or ``consent-a``."""
_WORD = re.compile(r"[a-z]+")


def is_wall_redirect(requested_url: str, final_url: str) -> bool:
    """Return whether a redirect to another host leads to a wall: a consent, cookie or login page.

    It does if the new URL carries the requested one, to lead back to it, or if its host or path names such a page. An
    invalid URL is no wall.

    >>> is_wall_redirect("https://a.example/b", "https://consent.provider.example/collect?sessionId=1")
    True
    >>> is_wall_redirect("https://a.example/b", "https://myprivacy.publisher.example/x?callbackUrl=https%3A%2F%2Fa.example%2Fb")
    True
    >>> is_wall_redirect("https://a.example/b", "https://edition.a.example/b")
    False
    """
    try:
        requested, final = urlsplit(requested_url), urlsplit(final_url)
    except ValueError:
        return False
    if requested.hostname == final.hostname or not requested.hostname:
        return False
    # Only with a scheme: click counters and editions name the site in parameters of their own (utm_source=a.example).
    leads_back = re.search(rf"https?://{re.escape(requested.hostname)}(?![\w.-])", unquote(unquote(final.query)))
    return bool(leads_back) or any(
        word in _WALL_NAMES or word.endswith(("privacy", "consent"))
        for word in _WORD.findall(f"{final.hostname} {final.path}".lower())
    )
