"""What a site's own pages have taught: which URL patterns hold articles, which texts and canonical URLs repeat.

A :class:`SiteProfile` is an immutable value: learning returns a new one. The crawl keeps one per source, as JSON in the
corpus, and uses it in four places. Before a URL goes into the frontier::

    url = profile.parameters.simplify(url)
    advice = profile.predict_url(url, is_named_news=True)    # True: named by a feed or a news sitemap
    if not advice.skip:
        queue(url, priority + advice.lift)

When the page has been fetched, for :func:`crawler.pages.tasks.read_article`, which runs in a worker::

    read = read_article(body, url, charset, found_in, is_article_pattern=profile.is_article_pattern(url))

When the worker has returned, before anything is stored: whether it is still news, and its key::

    read = apply_site_profile(read, url, found_in, profile)

And once the final outcome is known, to learn from it::

    profile = profile.learn(url, outcome, article, requested_url=requested_url)

>>> profile = SiteProfile()
>>> for number in range(12):
...     profile = profile.learn(f"https://example.org/news/a-title-of-many-words-{number}", "stored")
...     profile = profile.learn(f"https://example.org/themes/theme-{number}", "index-page")
>>> profile.predict_url("https://example.org/themes/roads", is_named_news=False)
UrlAdvice(skip=True, lift=-1, reason='12 pages like /themes/<words> held no article')
>>> profile.predict_url("https://example.org/themes/roads", is_named_news=True).skip
False
>>> profile.predict_url("https://example.org/news/yet-another-title-of-many-words", is_named_news=False).lift
1
>>> SiteProfile.from_json(profile.to_json()) == profile
True
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Self
from zlib import crc32

from cleaning import Article, Outcome
from cleaning.urls import make_url_key
from crawler.outcomes import AMP_RENDERING, NOT_NEWS, PRINT_RENDERING
from crawler.pages.news_filter import Rejection, is_article_type, make_article_key
from crawler.pages.query_parameters import QueryParameters, VariantContent
from crawler.pages.tasks import CleanedNews, RejectedPage
from crawler.urls.path_patterns import derive_url_pattern
from crawler.urls.url_classifier import classify_url

JSON_VERSION: Final = 1
"""The version of the JSON form. Profiles of other versions are discarded and learned again."""

MIN_PAGES: Final = 8
"""Pages of a pattern from which something is concluded."""
MIN_PAGES_FOR_ARTICLE_URLS: Final = 3 * MIN_PAGES
"""Pages needed to conclude that a pattern holds no articles although its URLs look like an article's."""
SAMPLE_EVERY_URLS: Final = 20
"""One in this many URLs is fetched although the profile advises against it, so that a wrong conclusion is unlearned."""
MAX_COUNTED_PAGES: Final = 1_000
"""Pages of a pattern after which its counts are halved, so that newer pages count more: sites change."""
# Bounds of the mappings of a profile; together with the query parameters they keep its JSON below 65 kB.
MAX_PATTERNS: Final = 200
MAX_FORMS: Final = 20
MAX_TEXTS: Final = 150
MAX_CANONICALS: Final = 100
MIN_SHARING_PAGES: Final = 3
"""Different pages that must share a text or a canonical URL before it counts as belonging to none of them."""

SHORT_TEXT_CHARS: Final = 1_000
"""Texts up to this many characters are compared without words that echo the URL."""

ARTICLE_OUTCOMES: Final = frozenset({"stored", "article"})
"""The outcomes of a new article. Revisits of it teach nothing new about its URL."""
NO_ARTICLE_OUTCOMES: Final = frozenset(
    {
        NOT_NEWS,
        AMP_RENDERING,
        PRINT_RENDERING,
        Outcome.INDEX_PAGE,
        Outcome.TAG_PAGE,
        Outcome.AUTHOR_PAGE,
        Outcome.SEARCH_PAGE,
    }
    | {Outcome.GALLERY_PAGE, Outcome.LOGIN_PAGE, Outcome.TOO_SHORT, Outcome.NOT_HTML}
)
"""The outcomes that say of a URL that it holds no article. Errors, paywalls and captchas do not: another visitor may
see an article there."""

# Patterns with a folder, other than that of a language ("/en/"), or with a number. A site's own pages, such as the
# imprint, are rarely below one.
_OWN_PATTERN = re.compile(r"^/(?![a-z]{2}(?:[-_][a-z]{2})?/[^/]*$)[^/]+/|<(?:number|id)>")


class PatternCounts(NamedTuple):
    """How many pages of one URL pattern held an article, and how many did not."""

    articles: int = 0
    undated: int = 0
    """How many of the articles had no publication date and did not declare themselves articles."""
    non_articles: int = 0


@dataclass(frozen=True, slots=True)
class UrlAdvice:
    """Whether a URL is worth a request."""

    skip: bool = False
    """Whether it should not be fetched."""
    lift: int = 0
    """What to add to its priority in the frontier: 1 if such URLs hold articles, -1 if they hold none."""
    reason: str = ""
    """The reason as a sentence; empty if nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProfile:
    """What is known of a site. All mappings are bounded, so that its JSON stays below 65 kB."""

    patterns: Mapping[str, PatternCounts] = field(default_factory=dict, hash=False)
    """Pages by the pattern of their URL."""
    forms: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Articles by the type that they declare; see :func:`make_page_type_signature`."""
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Hashes of the URLs at which a text was found, by its fingerprint; the oldest text first."""
    canonicals: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Hashes of the URLs that declare a page as their canonical one, by a hash of that page's key."""
    parameters: QueryParameters = field(default_factory=QueryParameters)
    """Which query parameters say nothing about the article."""

    @property
    def article_count(self) -> int:
        """The number of articles that were counted.

        Old ones may have been dropped from the counts, so it is a lower bound.
        """
        return sum(tally.articles for tally in self.patterns.values())

    # Before a request

    def predict_url(self, url: str, *, is_named_news: bool) -> UrlAdvice:
        """Predict whether a URL is worth a request.

        URLs from a feed or news sitemap are never skipped. Neither is anything on a site that has had no articles yet:
        then the fault may be ours.

        Args:
            url: the URL.
            is_named_news: whether a feed or a news sitemap named it.
        """
        url_pattern = derive_url_pattern(url)
        counts = self.patterns.get(url_pattern.pattern, PatternCounts())
        if counts.articles:
            # A pattern that has held a single article is never skipped.
            is_likely = counts.articles >= counts.non_articles
            return UrlAdvice(lift=1) if is_likely else UrlAdvice()
        if counts.non_articles < MIN_PAGES or self.article_count < MIN_PAGES:
            return UrlAdvice()
        reason = f"{counts.non_articles} pages like {url_pattern.pattern} held no article"
        is_known = counts.non_articles >= (
            MIN_PAGES_FOR_ARTICLE_URLS if classify_url(url).kind == "article" else MIN_PAGES
        )
        # By hash, not at random: the same URL gets the same answer each time it is listed.
        is_sample = crc32(url.encode()) % SAMPLE_EVERY_URLS == 0
        return UrlAdvice(is_known and not is_named_news and not is_sample, lift=-1, reason=reason)

    def is_article_pattern(self, url: str) -> bool:
        """Return whether pages of a URL's pattern are the site's articles, so that it needs no date or type to prove
        it.

        This takes :data:`MIN_PAGES` articles and at most one other page in ten articles. If the pattern is so general
        that pages about the site share it (``/title``), a third of the articles must also lack a date and a type; on a
        site where articles have them, a page without is no article.
        """
        pattern = derive_url_pattern(url).pattern
        counts = self.patterns.get(pattern, PatternCounts())
        is_specific = bool(_OWN_PATTERN.search(pattern))
        return (
            counts.articles >= MIN_PAGES
            and counts.non_articles * 10 <= counts.articles
            and (is_specific or counts.undated * 3 >= counts.articles)
        )

    # After cleaning

    def find_rejection(self, url: str, article: Article, found_in: str) -> Rejection | None:
        """Reject a cleaned page that differs from the site's articles; return ``None`` if it may be one.

        Two things give it away: at least :data:`MIN_SHARING_PAGES` URLs have the same text, as error pages have; or the
        page declares a type that no article of the site has, at a URL where none was found.

        Args:
            url: the URL after redirects.
            article: the cleaned page.
            found_in: the kind of listing that named it.
        """
        if self.is_repeated(url, article):
            return Rejection(Outcome.SOFT_404, "other URLs of the site return the same page")
        if found_in != "feed" and self._is_unlike_articles(url, article):
            return Rejection(NOT_NEWS, "neither its declared type nor its URL is like those of the site's articles")
        return None

    def is_repeated(self, url: str, article: Article) -> bool:
        """Return whether so many URLs, this one included, have returned a page that it belongs to none of them."""
        return self.count_sharing_urls(url, article) >= MIN_SHARING_PAGES

    def count_sharing_urls(self, url: str, article: Article) -> int:
        """Return how many URLs, this one included, have returned a page; counted up to :data:`MIN_SHARING_PAGES`."""
        names = self.texts.get(compute_fingerprint(article), ())
        return len({*names, _hash_name(derive_url_pattern(url).name)})

    def _is_unlike_articles(self, url: str, article: Article) -> bool:
        """Return whether a page declares a type that no article of the site has, at a URL where no article was."""
        form = make_page_type_signature(article)
        if form == _ARTICLE or self.forms.get(form) or sum(self.forms.values()) < MIN_PAGES:
            return False
        has_articles = self.patterns.get(derive_url_pattern(url).pattern, PatternCounts()).articles > 0
        # A page that calls itself static is rejected anywhere on a site whose articles do not.
        return form == _STATIC or (not has_articles and classify_url(url).kind == "unknown")

    def has_untrusted_canonical(self, canonical_url: str) -> bool:
        """Return whether so many different pages declare this canonical URL that it cannot be right for all of them.

        Some sites declare their front page, or one article, as the canonical URL of every page.
        """
        return len(self.canonicals.get(_hash_text(make_url_key(canonical_url)), ())) >= MIN_SHARING_PAGES

    # Learning

    def learn(
        self, url: str, outcome: str, article: Article | None = None, *, requested_url: str | None = None
    ) -> Self:
        """Return the profile with one more page, once its final outcome is known.

        Args:
            url: the URL after redirects.
            outcome: the name of the outcome, as the corpus has it.
            article: the cleaned page, whatever its outcome; ``None`` if it was not cleaned.
            requested_url: the URL before redirects, if it differs; its pattern is counted, too.
        """
        profile = self
        if outcome in ARTICLE_OUTCOMES or outcome in NO_ARTICLE_OUTCOMES:
            patterns = dict.fromkeys(derive_url_pattern(one).pattern for one in (url, requested_url) if one)
            profile = profile._add_patterns(tuple(patterns), outcome, article)
        if article is not None:
            profile = profile._add_text(url, article)._add_canonical(url, article.canonical_url)
            profile = profile._add_parameters(requested_url or url, url, outcome, article)
        return profile

    def learn_text(self, url: str, article: Article) -> Self:
        """Return the profile with the text of a page that was visited again and has changed."""
        return self._add_text(url, article)

    def learn_repeated_text(self, article: Article) -> Self:
        """Return the profile with a text that belongs to no URL, although fewer have returned it so far."""
        names = tuple(f"repeated-{number}" for number in range(MIN_SHARING_PAGES))
        return replace(self, texts={**self.texts, compute_fingerprint(article): names})

    def _add_parameters(self, requested_url: str, url: str, outcome: str, article: Article) -> Self:
        own_urls = [url] if url != requested_url else []
        if article.canonical_url is not None and not self.has_untrusted_canonical(article.canonical_url):
            own_urls.append(article.canonical_url)
        content = VariantContent(_hash_text(article.title) if article.title else "", compute_fingerprint(article))
        parameters = self.parameters.learn(requested_url, outcome, content, own_urls)
        return self if parameters is self.parameters else replace(self, parameters=parameters)

    def _add_patterns(self, patterns: tuple[str, ...], outcome: str, article: Article | None) -> Self:
        updated = dict(self.patterns)
        is_article = outcome in ARTICLE_OUTCOMES
        undated = is_article and article is not None and not article.published and not _has_article_type(article)
        for pattern in patterns:
            counts = _trim_counts(updated.get(pattern, PatternCounts()))
            updated[pattern] = PatternCounts(
                counts.articles + is_article, counts.undated + undated, counts.non_articles + (not is_article)
            )
        forms = dict(self.forms)
        form = make_page_type_signature(article) if is_article and article is not None else None
        if form is not None and (form in forms or len(forms) < MAX_FORMS):
            forms[form] = min(forms.get(form, 0) + 1, MAX_COUNTED_PAGES)
        return replace(self, patterns=_keep_most_used(updated), forms=forms)

    def _add_text(self, url: str, article: Article) -> Self:
        texts = dict(self.texts)
        fingerprint = compute_fingerprint(article)
        texts[fingerprint] = _add_name(texts.pop(fingerprint, ()), derive_url_pattern(url).name)
        if len(texts) > MAX_TEXTS:
            # Texts that enough pages share are kept: they are what the mapping is for.
            dropped = next((text for text, names in texts.items() if len(names) < MIN_SHARING_PAGES), next(iter(texts)))
            del texts[dropped]
        return replace(self, texts=texts)

    def _add_canonical(self, url: str, canonical_url: str | None) -> Self:
        if canonical_url is None or derive_url_pattern(canonical_url).name == derive_url_pattern(url).name:
            return self  # of itself, of parts of one article, or of its renderings
        name, key = derive_url_pattern(url).name, _hash_text(make_url_key(canonical_url))
        canonicals = dict(self.canonicals)
        canonicals[key] = _add_name(canonicals.pop(key, ()), name)
        if len(canonicals) > MAX_CANONICALS:
            unshared = (one for one, names in canonicals.items() if len(names) < MIN_SHARING_PAGES)
            del canonicals[next(unshared, next(iter(canonicals)))]
        return replace(self, canonicals=canonicals)

    # JSON

    def to_json(self) -> str:
        """Return the profile as JSON, for :meth:`from_json`.

        It is stored in ``source.profile`` of the corpus.
        """
        return json.dumps(
            {
                "version": JSON_VERSION,
                "patterns": self.patterns,
                "forms": self.forms,
                "texts": self.texts,
                "canonicals": self.canonicals,
                "parameters": self.parameters.to_json_value(),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str | None) -> Self:
        """Return the profile from its JSON form.

        ``None``, an empty text and other versions of the form yield an empty profile.

        Raises:
            ValueError: the text is not JSON.
        """
        values = json.loads(text) if text else {}
        if values.get("version") != JSON_VERSION:
            return cls()
        return cls(
            patterns={pattern: PatternCounts(*counts) for pattern, counts in values["patterns"].items()},
            forms=values["forms"],
            texts={fingerprint: tuple(names) for fingerprint, names in values["texts"].items()},
            canonicals={key: tuple(names) for key, names in values["canonicals"].items()},
            parameters=QueryParameters.from_json_value(values.get("parameters")),
        )


def apply_site_profile(
    read: CleanedNews | RejectedPage, url: str, found_in: str, profile: SiteProfile
) -> CleanedNews | RejectedPage:
    """Correct what a worker has read in the light of the site's other pages.

    An article that is like no other of the site, or the same as many pages, becomes a rejection. A canonical URL that
    many different pages declare is ignored for the article's key.

    Args:
        read: the result of :func:`crawler.pages.tasks.read_article`.
        url: the URL after redirects.
        found_in: the kind of listing that named it.
        profile: the profile of the site.
    """
    if isinstance(read, RejectedPage):
        return read
    article = read.cleaned.article
    if rejection := profile.find_rejection(url, article, found_in):
        return RejectedPage(str(rejection.outcome), rejection.detail, robots=article.robots)
    if article.canonical_url is not None and profile.has_untrusted_canonical(article.canonical_url):
        return replace(read, article_key=make_article_key(url, None))
    return read


_STATIC, _ARTICLE, _NOTHING = "static page", "article", "nothing"


def make_page_type_signature(article: Article) -> str:
    """Return the type that a page declares, in a form that can be compared with the site's other pages.

    All kinds of articles have the same signature; a page without a type has ``nothing``.

    >>> make_page_type_signature(Article(text="", blocks=(), page_type="NewsArticle"))
    'article'
    >>> make_page_type_signature(Article(text="", blocks=()))
    'nothing'
    """
    if "static-page" in article.flags:
        return _STATIC
    return _ARTICLE if _has_article_type(article) else (article.page_type or _NOTHING).casefold()[:40]


def _has_article_type(article: Article) -> bool:
    return is_article_type(article.page_type)


def compute_fingerprint(article: Article) -> str:
    """Return a fingerprint that is equal for pages that differ only in their URL and its echo: 16 hexadecimal digits.

    Error pages are short, and repeat the URL or a counter, so words with digits or slashes are left out of short texts.
    The publication date is included, since some articles repeat each other day by day, such as weather reports.
    """
    text = article.content_hash or article.text
    if len(article.text) <= SHORT_TEXT_CHARS:
        text = " ".join([word for word in article.text.split() if not _URL_ECHO.search(word)])
    return _hash_text("\0".join((article.title or "", str(article.published or ""), text)))


_URL_ECHO = re.compile(r"[/\d]")


def _hash_text(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _hash_name(name: str) -> str:
    return f"{crc32(name.encode('utf-8', 'replace')):08x}"


def _add_name(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return the hashes of names with one more, up to the number that matters."""
    name_hash = _hash_name(name)
    return names if name_hash in names or len(names) >= MIN_SHARING_PAGES else (*names, name_hash)


def _trim_counts(counts: PatternCounts) -> PatternCounts:
    """Halve large counts. An article that was counted once is never forgotten: 1 stays 1."""
    if sum(counts) < MAX_COUNTED_PAGES:
        return counts
    return PatternCounts((counts.articles + 1) // 2, counts.undated // 2, counts.non_articles // 2)


def _keep_most_used(patterns: dict[str, PatternCounts]) -> dict[str, PatternCounts]:
    """Drop the least used quarter of the patterns if there are too many, so that new ones have room."""
    if len(patterns) <= MAX_PATTERNS:
        return patterns
    most_used_first = sorted(
        patterns, key=lambda pattern: patterns[pattern].articles + patterns[pattern].non_articles, reverse=True
    )
    kept = set(most_used_first[: MAX_PATTERNS * 3 // 4])
    return {pattern: tally for pattern, tally in patterns.items() if pattern in kept}
