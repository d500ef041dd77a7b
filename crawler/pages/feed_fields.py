"""Fills in what a page does not say from what its feed or news sitemap says of it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from cleaning import Article, Cleaned
from cleaning.lines.normalization import fold_text
from storage import FeedEntry, Lease

MAX_AHEAD: Final = timedelta(days=1)
"""A listing that dates an article further into the future than this is wrong."""


def apply_feed_fields(cleaned: Cleaned, lease: Lease, entry: FeedEntry, site_names: Collection[str] = ()) -> Cleaned:
    """Return an article with the date, the authors and the tags of its listing where the page has none.

    The listing is the last resort: what the page says always counts more. ``Article.provenance`` names the kind of
    listing, ``"feed"`` or ``"sitemap"``, for each field that comes from it.

    Args:
        cleaned: the article as read from its page.
        lease: its place in the frontier, with the time that the listing states.
        entry: what its feed says of it.
        site_names: names of the site, which many feeds state as the author of everything.
    """
    article = cleaned.article
    fields: dict[str, Any] = {}
    if article.published is None and (published := _get_published(lease)) is not None:
        fields |= {"published": published, "published_precision": "day" if _is_day(published) else "second"}
    if not (article.authors or article.organisations) and (authors := _select_people(article, entry, site_names)):
        fields["authors"] = authors
    if not article.tags and entry.tags:
        fields["tags"] = entry.tags
    if not fields:
        return cleaned
    origins = {name: lease.found_in for name in fields if name != "published_precision"}
    provenance = dict(sorted({**article.provenance, **origins}.items()))
    return replace(cleaned, article=replace(article, provenance=provenance, **fields))


def _get_published(lease: Lease) -> datetime | None:
    """Return the publication time that the listing states, with a time zone; ``None`` if it states none that can be.

    Of sitemaps only those of Google News state it, which also have titles: ``lastmod`` is the time of a change, and the
    date in a URL is read by the cleaner.
    """
    is_stated = lease.found_in == "feed" or (lease.found_in == "sitemap" and lease.title is not None)
    if not is_stated or lease.published is None:
        return None
    published = lease.published if lease.published.tzinfo else lease.published.replace(tzinfo=UTC)
    return published if published <= datetime.now(UTC) + MAX_AHEAD else None


def _is_day(moment: datetime) -> bool:
    return moment.astimezone(UTC).time() == time()


def _select_people(article: Article, entry: FeedEntry, site_names: Collection[str]) -> tuple[str, ...]:
    own = {fold_text(name) for name in (*site_names, article.site_name or "")}
    return tuple(name for name in entry.authors if fold_text(name) not in own)
