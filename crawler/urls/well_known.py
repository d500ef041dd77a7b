"""Where feeds and sitemaps usually are, on a site that does not name them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

from cleaning.urls import canonicalise


def well_known_urls(what: Literal["feeds", "sitemaps"], url: str, generator: str | None = None) -> tuple[str, ...]:
    """Return the addresses on the site of ``url`` where feeds or sitemaps usually are, the likeliest first.

    ``generator`` is the software that the front page names. If it is known, its addresses come first, and of the others
    only the likeliest. A front page that is a folder, as ``https://example.com/blog/``, comes before its host.
    Raises ValueError on what is no http(s) address.

    >>> well_known_urls("feeds", "https://example.com/", "WordPress 6.1")[0]
    'https://example.com/feed/'
    """
    known = _load_places()[what]
    software = (generator or "").lower()
    own: list[str] = next((places for name, places in known["generators"].items() if software.startswith(name)), [])
    paths = dict.fromkeys([*own, *known["places"][: 1 if own else None]])
    parts = urlsplit(canonicalise(url))
    root = f"{parts.scheme}://{parts.netloc}"
    folder = parts.path.rstrip("/") if parts.path.endswith("/") else ""
    return tuple(dict.fromkeys(f"{base}{path}" for base in (root + folder, root) for path in paths))


@cache
def _load_places() -> dict[str, Any]:
    return tomllib.loads((files("crawler.urls") / "well_known.toml").read_text("utf-8"))
