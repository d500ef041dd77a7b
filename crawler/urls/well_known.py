"""Where feeds and sitemaps usually are, on a site that does not name them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

from cleaning.urls import canonicalise


def places_of(what: Literal["feeds", "sitemaps"], url: str, generator: str | None) -> tuple[str, ...]:
    """Addresses to ask for on the site of ``url``, the likeliest first.

    Where its software is known, those are its places, and the likeliest of the others.
    A front page that is a folder, as ``https://example.com/blog/``, is asked before its host.
    Raises ValueError on what is no http(s) address.
    """
    known = _places()[what]
    software = (generator or "").lower()
    own: list[str] = next((places for name, places in known["generators"].items() if software.startswith(name)), [])
    paths = dict.fromkeys([*own, *known["places"][: 1 if own else None]])
    parts = urlsplit(canonicalise(url))
    root = f"{parts.scheme}://{parts.netloc}"
    folder = parts.path.rstrip("/") if parts.path.endswith("/") else ""
    return tuple(dict.fromkeys(f"{base}{path}" for base in (root + folder, root) for path in paths))


@cache
def _places() -> dict[str, Any]:
    return tomllib.loads((files("crawler.urls") / "well_known.toml").read_text("utf-8"))
