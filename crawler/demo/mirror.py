"""A saved site, served as it was."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crawler.demo.demo_site import HTML_TYPE, Response


@dataclass(frozen=True)
class MirrorSite:
    """The pages in a folder that its ``index.json`` lists; any other page is a 404.

    An entry has ``url``, ``file``, ``status``, ``content_type``; ``etag``, ``last_modified`` and ``location``
    where they were saved. The host that a page is asked for under does not matter.
    """

    folder: Path

    def respond(self, target: str, base_url: str) -> Response:
        """The saved answer to a path with its query. ``OSError`` where its file is gone."""
        saved = self._saved.get(make_page_key(target))
        if saved is None:
            return Response(
                404, {"Content-Type": HTML_TYPE}, b"<!doctype html><title>Not found</title><p>Not found.</p>"
            )
        headers = {"Content-Type": str(saved["content_type"])}
        named = {
            "ETag": saved.get("etag"),
            "Last-Modified": saved.get("last_modified"),
            "Location": saved.get("location"),
        }
        headers |= {name: str(value) for name, value in named.items() if value}
        return Response(int(str(saved["status"])), headers, (self.folder / str(saved["file"])).read_bytes())

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that the pages were saved from."""
        index = self._saved.values()
        return tuple(sorted({urlsplit(str(saved["url"])).netloc for saved in index}))

    @cached_property
    def _saved(self) -> dict[str, dict[str, object]]:
        index = json.loads((self.folder / "index.json").read_text("utf-8"))
        return {make_page_key(saved["url"]): saved for saved in index}


def make_page_key(url: str) -> str:
    """What tells the pages of one host apart: path and query, percent-encoding taken off.

    >>> make_page_key("http://a.example/caf%C3%A9/?page=2#top")
    '/café/?page=2'
    """
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return unquote((parts.path or "/") + query)
