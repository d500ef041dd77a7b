"""Small pages that state something of themselves, and what the cleaner reads of it."""

import json
from typing import Any

from cleaning.html.tree import parse_html
from cleaning.metadata.reader import Metadata, read_metadata

URL = "https://news.example/2024/10/floods"


def metadata_of(head: str = "", body: str = "", url: str | None = URL, lang: str = "en") -> Metadata:
    page = f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}<p>Prose.</p></body></html>'
    return read_metadata(parse_html(page), url)


def json_ld(data: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def article(**fields: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Floods cut road"} | fields
