"""The base of a site's own spider: it finds the articles, and the crawl does the rest.

A subclass is a Scrapy spider as any other, and hands over what it finds with :meth:`SiteSpider.article`. What
is handed over goes the way of every page: the frontier knows what was fetched before, leases what is new, and
the page is fetched politely, cleaned in a worker process, stored, and counted. ``docs/spiders.md`` has examples.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scrapy import Spider
from scrapy.http import Response

from crawler.pages.field_overrides import check_names

HINTS = ("title", "published")
"""What can be said of an article by its address alone, as feeds do."""


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article that a spider hands over, by yielding this from a callback or from ``start``."""

    page: str | Response
    """Its address, perhaps relative to the page it was found on; or the page itself, where it has been fetched."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the article that the spider knows; see :func:`crawler.pages.field_overrides.with_fields`."""


class SiteSpider(Spider):
    """A site's own spider. It needs a ``name``, and ``start_urls`` or ``start``, as any spider.

    Its callbacks yield requests for pages that list articles, articles (:meth:`article`), and items of any
    other kind, which go to the item pipelines.
    """

    site: str | None = None
    """The site's address; ``None`` for that of the first of ``start_urls`` or ``allowed_domains``."""

    def article(self, page: str | Response, **fields: Any) -> FoundArticle:
        """An article to hand over: ``yield self.article(address)``.

        One whose address was met before is not fetched again. With an address, ``title`` and ``published`` are
        hints for what to fetch first; with a page that is here already, fields are those of the article, and
        outrank what the cleaner reads.

        Raises TypeError for a field that there is not.
        """
        if not isinstance(page, str | Response):
            raise TypeError(f"an article is handed over by its address or its page, not by {page!r}")
        check_names(fields)
        if isinstance(page, str) and (others := fields.keys() - set(HINTS)):
            raise TypeError(f"{min(others)!r} of a page that is still to be fetched: return it from `fields(response)`")
        return FoundArticle(page, fields)

    def fields(self, response: Response) -> Mapping[str, Any]:
        """What the spider reads from an article's page itself: fields that outrank those of the cleaner.

        It is asked for every page of the site that holds an article, whenever that is fetched. It runs in the
        crawl's own process: the cleaner's time limit does not hold for it.
        """
        return {}

    async def is_new(self, url: str) -> bool:
        """Whether the corpus has not met an address yet: a later run can stop at the first page without any such."""
        return await self.asks_if_new(url)

    asks_if_new: Callable[[str], Awaitable[bool]]
    """Set by the crawl that the spider takes part in."""
