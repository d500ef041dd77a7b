"""The base class of a custom spider: it finds the articles of one site, and the crawl does the rest.

A subclass is a Scrapy spider like any other. It hands over each article with :meth:`SiteSpider.article`, and it
then goes the way of every page: queued in the frontier unless it is known, fetched politely, cleaned in a worker
process, stored and counted. ``docs/spiders.md`` has examples.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scrapy import Spider
from scrapy.http import Response

from crawler.pages.field_overrides import validate_field_names

HINTS = ("title", "published")
"""The fields that may be given with a URL, as in a feed; they decide what is fetched first."""


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article that a spider hands over: the spider yields it from a callback or from ``start``."""

    page: str | Response
    """The article's URL, which may be relative to the page it was found on; or its page, if that has been fetched."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the article that the spider knows; see :func:`crawler.pages.field_overrides.apply_overrides`."""


class SiteSpider(Spider):
    """A spider for one site. Like any spider it needs a ``name``, and ``start_urls`` or ``start``.

    Its callbacks yield requests for pages that list articles, articles (:meth:`article`), and any other items, which go
    to the item pipelines.
    """

    site: str | None = None
    """The site's URL; if ``None``, that of the first of ``start_urls`` or ``allowed_domains``."""

    def article(self, page: str | Response, **fields: Any) -> FoundArticle:
        """Make an article to hand over: ``yield self.article(url)``.

        An article whose URL is known to the corpus is not fetched again.

        Args:
            page: the article's URL, or its page if the spider has fetched it already.
            fields: with a URL, ``title`` and ``published`` as hints for what to fetch first; with a page, any fields of
                the article, which replace those that the cleaner reads.

        Raises:
            TypeError: a field is unknown, or cannot be given with a URL.
        """
        if not isinstance(page, str | Response):
            raise TypeError(f"article() takes the URL of an article or its page, not {page!r}")
        validate_field_names(fields)
        if isinstance(page, str) and (others := fields.keys() - set(HINTS)):
            raise TypeError(f"{min(others)!r} cannot be given with a URL: return it from `fields(response)`")
        return FoundArticle(page, fields)

    def fields(self, response: Response) -> Mapping[str, Any]:
        """Return fields that the spider reads from an article's page itself; they replace those of the cleaner.

        Called for every page of the site that holds an article, in revisits too. It runs in the crawl's own process,
        so the cleaner's time limit does not hold for it.
        """
        return {}

    async def is_new(self, url: str) -> bool:
        """Return whether a URL is new to the corpus: a later run can stop at the first page without a new one."""
        return await self.check_is_new(url)

    check_is_new: Callable[[str], Awaitable[bool]]
    """Set by the crawl that runs the spider."""
