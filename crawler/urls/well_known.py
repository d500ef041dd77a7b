"""List the URLs where feeds and sitemaps usually are, for sites that link to none.

The paths are in ``well_known.toml``.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

from cleaning.urls import canonicalise


def well_known_urls(what: Literal["feeds", "sitemaps"], url: str, generator: str | None = None) -> tuple[str, ...]:
    """Return the URLs on the site of ``url`` where feeds or sitemaps usually are, the most likely first.

    Args:
        what: the kind of listing.
        url: the front page of the site. If it is in a folder, such as ``https://example.com/blog/``, URLs in that
        folder
            come before those of the host.
        generator: the software that the front page names. If it is known, its URLs come first, followed by only the
        most
            likely other one, which saves requests.

    Raises:
        ValueError: ``url`` is not a valid http(s) URL.

    >>> well_known_urls("feeds", "https://example.com/", "WordPress 6.1")[0]
    'https://example.com/feed/'
    """
    table = _load_places()[what]
    software = (generator or "").lower()
    own: list[str] = next((places for name, places in table["generators"].items() if software.startswith(name)), [])
    paths = dict.fromkeys([*own, *table["places"][: 1 if own else None]])
    parts = urlsplit(canonicalise(url))
    root = f"{parts.scheme}://{parts.netloc}"
    folder = parts.path.rstrip("/") if parts.path.endswith("/") else ""
    return tuple(dict.fromkeys(f"{base}{path}" for base in (root + folder, root) for path in paths))


@cache
def _load_places() -> dict[str, Any]:
    return tomllib.loads((files("crawler.urls") / "well_known.toml").read_text("utf-8"))
