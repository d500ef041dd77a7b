"""Statistics of an export, for the dataset card: its readers have the articles, but not the corpus."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Final

from storage.values import StoredArticle

MAX_LICENCES: Final = 1_000
"""Number of different licences that are counted separately. Some sites state another URL on every page, and memory must
stay constant."""
OTHER_LICENCES_LABEL: Final = "(others)"
"""The label under which all further licences are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetStats:
    """The statistics of a set of articles."""

    articles: int
    by_language: Mapping[str, int]
    """Articles by language, the most frequent first; includes ``"unknown"``."""
    by_source: Mapping[str, int]
    """Articles by the source's key, the most frequent first."""
    by_licence: Mapping[str, int]
    """Articles by the licence that their page states, the most frequent first; without those that state none."""
    first_day: date | None
    """Day of the first publication in UTC; ``None`` if no article has a date."""
    last_day: date | None
    """Day of the last publication in UTC."""
    undated: int
    """Articles without a publication date."""
    reserved: int
    """Articles whose page reserves the rights to text and data mining."""
    paywalled: int
    """Articles whose page says that reading it takes a subscription."""


class StatsCollector:
    """Collects the statistics of articles while they are written, in constant memory."""

    def __init__(self) -> None:
        self._languages: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._licences: Counter[str] = Counter()
        self._first: date | None = None
        self._last: date | None = None
        self._undated = self._reserved = self._paywalled = 0

    def count_articles(self, articles: Iterable[StoredArticle]) -> Iterator[StoredArticle]:
        """Yield the same articles, counting each one as it is taken.

        This saves a second pass over the corpus, in which other articles might be found.
        """
        for article in articles:
            self._count_article(article)
            yield article

    def build_stats(self) -> DatasetStats:
        """Return the statistics of the articles that were counted so far."""
        return DatasetStats(
            articles=self._languages.total(),
            by_language=dict(self._languages.most_common()),
            by_source=dict(self._sources.most_common()),
            by_licence=dict(self._licences.most_common()),
            first_day=self._first,
            last_day=self._last,
            undated=self._undated,
            reserved=self._reserved,
            paywalled=self._paywalled,
        )

    def _count_article(self, article: StoredArticle) -> None:
        self._languages[article.language] += 1
        self._sources[article.source] += 1
        self._reserved += bool(article.tdm_reserved)
        self._paywalled += bool(article.paywalled)
        if article.licence:
            is_known = article.licence in self._licences or len(self._licences) < MAX_LICENCES
            self._licences[article.licence if is_known else OTHER_LICENCES_LABEL] += 1
        if article.published is None:
            self._undated += 1
            return
        day = article.published.astimezone(UTC).date()
        self._first = min(self._first or day, day)
        self._last = max(self._last or day, day)
