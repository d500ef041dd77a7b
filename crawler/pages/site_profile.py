"""What a site's own pages have taught about it: which of its addresses hold articles, and what it serves for all else.

A :class:`SiteProfile` is a value: what is learned makes a new one. The crawl keeps one for each source, as JSON, and
asks it at four places. Before an address goes into the frontier::

    advice = profile.advise(url, is_named_news=True)    # True: by a feed or a news sitemap
    if not advice.skip:
        queue(url, priority + advice.lift)

When the page has come, for :func:`crawler.pages.tasks.read_article`, which runs in a worker::

    read = read_article(body, url, charset, found_in, asked=asked, vouched=profile.vouches(url))

When the worker has read it, before anything is stored: whether it stays news, and by which key::

    read = reconsider(read, url, found_in, profile)

And once its final outcome is known, to learn from it::

    profile = profile.seen(url, outcome, article, asked=asked)

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
from crawler.pages.tasks import CleanedNews, RejectedPage
from crawler.urls.path_patterns import derive_url_pattern
from crawler.urls.url_classifier import classify_url

JSON_VERSION: Final = 1
"""Of the JSON. What another version wrote is learned again."""

MIN_PAGES: Final = 8
"""Pages from which something is concluded."""
MIN_PAGES_FOR_ARTICLE_URLS: Final = 3 * MIN_PAGES
"""Pages from which it is concluded although an address looks like an article's."""
SAMPLE_EVERY_URLS: Final = 20
"""One address of so many is asked for in spite of a lesson, so that a wrong one can be unlearned."""
MAX_COUNTED_PAGES: Final = 1_000
"""Pages of a pattern from which on older ones count half: sites change."""
MAX_PATTERNS: Final = 200
MAX_FORMS: Final = 20
MAX_TEXTS: Final = 150
MAX_CANONICALS: Final = 100
MIN_SHARING_PAGES: Final = 3
"""Different pages from which on a text, or a canonical address, that they share says nothing of any of them."""

SHORT_TEXT_CHARS: Final = 1_000
"""Characters of a text up to which what echoes its address is left out of the comparison."""

ARTICLE_OUTCOMES: Final = frozenset({"stored", "article"})
"""The outcomes of a new article. Later looks at it teach nothing about its address."""
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
"""The outcomes that tell of an address that it holds no article. Errors, paywalls and captchas tell of the visitor."""

# A folder, other than that of a language, or a number.
_OWN_PATTERN = re.compile(r"^/(?![a-z]{2}(?:[-_][a-z]{2})?/[^/]*$)[^/]+/|<(?:number|id)>")


class PatternCounts(NamedTuple):
    """The pages of one pattern."""

    articles: int = 0
    undated: int = 0
    """Those of the articles that neither had a date nor called themselves articles."""
    non_articles: int = 0


@dataclass(frozen=True, slots=True)
class UrlAdvice:
    """Whether an address is worth a request."""

    skip: bool = False
    """Whether to leave it alone."""
    lift: int = 0
    """What to add to its priority in the frontier: 1 where such addresses hold articles, -1 where they hold none."""
    reason: str = ""
    """A sentence; empty where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProfile:
    """What is known of a site. All mappings are bounded, so that the JSON stays below 50 kB."""

    patterns: Mapping[str, PatternCounts] = field(default_factory=dict, hash=False)
    """Pages by the pattern of their address."""
    forms: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Articles by what they call themselves; see :func:`make_page_type_signature`."""
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """The names of the addresses at which a text was, by its fingerprint; the oldest text first."""
    canonicals: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """The names of the addresses that call a page their canonical one, by a digest of that page's key."""

    @property
    def article_count(self) -> int:
        """How many articles were counted."""
        return sum(tally.articles for tally in self.patterns.values())

    # What is asked before a request

    def predict_url(self, url: str, *, is_named_news: bool) -> UrlAdvice:
        """Whether an address is worth a request.

        What a feed or a news sitemap names always is. So is everything on a site that has given no articles yet: then
        the fault may be ours.
        """
        address = derive_url_pattern(url)
        tally = self.patterns.get(address.pattern, PatternCounts())
        if tally.articles:
            is_likely = tally.articles >= tally.non_articles
            return UrlAdvice(lift=1) if is_likely else UrlAdvice()
        if tally.non_articles < MIN_PAGES or self.article_count < MIN_PAGES:
            return UrlAdvice()
        reason = f"{tally.non_articles} pages like {address.pattern} held no article"
        is_known = tally.non_articles >= (
            MIN_PAGES_FOR_ARTICLE_URLS if classify_url(url).kind == "article" else MIN_PAGES
        )
        is_sample = crc32(url.encode()) % SAMPLE_EVERY_URLS == 0
        return UrlAdvice(is_known and not is_named_news and not is_sample, lift=-1, reason=reason)

    def is_article_pattern(self, url: str) -> bool:
        """Whether pages of such addresses are the site's articles, so that one needs no date or type to prove it.

        Where articles and pages about the site share one pattern, ``/title``, it must be usual that articles have none.
        """
        pattern = derive_url_pattern(url).pattern
        tally = self.patterns.get(pattern, PatternCounts())
        is_own = bool(_OWN_PATTERN.search(pattern))
        return (
            tally.articles >= MIN_PAGES
            and tally.non_articles * 10 <= tally.articles
            and (is_own or tally.undated * 3 >= tally.articles)
        )

    # What is asked of a page that was cleaned

    def find_rejection(self, url: str, article: Article, found_in: str) -> Rejection | None:
        """Why a page that was cleaned is no article of this site, as far as others tell; ``None`` where it may be."""
        names = self.texts.get(compute_fingerprint(article), ())
        if len({*names, _hash_name(derive_url_pattern(url).name)}) >= MIN_SHARING_PAGES:
            return Rejection(Outcome.SOFT_404, "other addresses of the site give the same page")
        if found_in != "feed" and self._is_unlike_articles(url, article):
            return Rejection(NOT_NEWS, "neither what it calls itself nor its address is that of this site's articles")
        return None

    def _is_unlike_articles(self, url: str, article: Article) -> bool:
        """Whether a page calls itself what no article of the site does, at an address where no article was."""
        form = make_page_type_signature(article)
        if form == _ARTICLE or self.forms.get(form) or sum(self.forms.values()) < MIN_PAGES:
            return False
        is_known = self.patterns.get(derive_url_pattern(url).pattern, PatternCounts()).articles > 0
        return form == _STATIC or (not is_known and classify_url(url).kind == "unknown")

    def has_untrusted_canonical(self, canonical_url: str) -> bool:
        """Whether so many different pages name this one as their own address that none can be believed."""
        return len(self.canonicals.get(_hash_text(make_url_key(canonical_url)), ())) >= MIN_SHARING_PAGES

    # Learning

    def learn(
        self, url: str, outcome: str, article: Article | None = None, *, requested_url: str | None = None
    ) -> Self:
        """What is known once a page has had its final outcome.

        Args:
            url: where the page was found in the end.
            outcome: its name, as the corpus has it.
            article: what was cleaned, whatever became of it.
            asked: the address that was asked for, where it is another one.
        """
        profile = self
        if outcome in ARTICLE_OUTCOMES or outcome in NO_ARTICLE_OUTCOMES:
            patterns = dict.fromkeys(derive_url_pattern(one).pattern for one in (url, requested_url) if one)
            profile = profile._add_patterns(tuple(patterns), outcome, article)
        if article is not None:
            profile = profile._add_text(url, article)._add_canonical(url, article.canonical_url)
        return profile

    def _add_patterns(self, patterns: tuple[str, ...], outcome: str, article: Article | None) -> Self:
        counted = dict(self.patterns)
        is_article = outcome in ARTICLE_OUTCOMES
        undated = is_article and article is not None and not article.published and not _has_article_type(article)
        for pattern in patterns:
            tally = _trim_counts(counted.get(pattern, PatternCounts()))
            counted[pattern] = PatternCounts(
                tally.articles + is_article, tally.undated + undated, tally.non_articles + (not is_article)
            )
        forms = dict(self.forms)
        form = make_page_type_signature(article) if is_article and article is not None else None
        if form is not None and (form in forms or len(forms) < MAX_FORMS):
            forms[form] = min(forms.get(form, 0) + 1, MAX_COUNTED_PAGES)
        return replace(self, patterns=_keep_most_used(counted), forms=forms)

    def _add_text(self, url: str, article: Article) -> Self:
        texts = dict(self.texts)
        fingerprint = compute_fingerprint(article)
        texts[fingerprint] = _add_name(texts.pop(fingerprint, ()), derive_url_pattern(url).name)
        if len(texts) > MAX_TEXTS:
            once = next((text for text, names in texts.items() if len(names) < MIN_SHARING_PAGES), next(iter(texts)))
            del texts[once]
        return replace(self, texts=texts)

    def _add_canonical(self, url: str, canonical_url: str | None) -> Self:
        if canonical_url is None or derive_url_pattern(canonical_url).name == derive_url_pattern(url).name:
            return self  # its own, or those of parts and renderings of one article
        name, key = derive_url_pattern(url).name, _hash_text(make_url_key(canonical_url))
        canonicals = dict(self.canonicals)
        canonicals[key] = _add_name(canonicals.pop(key, ()), name)
        if len(canonicals) > MAX_CANONICALS:
            once = (one for one, names in canonicals.items() if len(names) < MIN_SHARING_PAGES)
            del canonicals[next(once, next(iter(canonicals)))]
        return replace(self, canonicals=canonicals)

    # In and out

    def to_json(self) -> str:
        """As JSON, to be kept."""
        return json.dumps(
            {
                "version": JSON_VERSION,
                "patterns": self.patterns,
                "forms": self.forms,
                "texts": self.texts,
                "canonicals": self.canonicals,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str | None) -> Self:
        """From what :meth:`as_json` gave; a profile that knows nothing from nothing, or from another version.

        Raises ValueError on what is no JSON.
        """
        book = json.loads(text) if text else {}
        if book.get("version") != JSON_VERSION:
            return cls()
        return cls(
            patterns={pattern: PatternCounts(*tally) for pattern, tally in book["patterns"].items()},
            forms=book["forms"],
            texts={fingerprint: tuple(names) for fingerprint, names in book["texts"].items()},
            canonicals={key: tuple(names) for key, names in book["canonicals"].items()},
        )


def apply_site_profile(
    read: CleanedNews | RejectedPage, url: str, found_in: str, profile: SiteProfile
) -> CleanedNews | RejectedPage:
    """What a worker read, in the light of the site's other pages: a page like all others is none, and an address that
    different pages call their own is nobody's."""
    if isinstance(read, RejectedPage):
        return read
    article = read.cleaned.article
    if refusal := profile.find_rejection(url, article, found_in):
        return RejectedPage(str(refusal.outcome), refusal.detail)
    if article.canonical_url is not None and profile.has_untrusted_canonical(article.canonical_url):
        return replace(read, article_key=make_article_key(url, None))
    return read


_STATIC, _ARTICLE, _NOTHING = "static page", "article", "nothing"


def make_page_type_signature(article: Article) -> str:
    """What a page calls itself, for comparison with the site's other articles.

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
    """What pages share that are the same but for their address and its echo: 16 hexadecimal digits.

    Error pages, which are short, repeat the address or count something. Articles that repeat each other day by day
    differ in their date.
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
    """The names with one more, as far as they are needed; short, since only their number matters."""
    short = _hash_name(name)
    return names if short in names or len(names) >= MIN_SHARING_PAGES else (*names, short)


def _trim_counts(tally: PatternCounts) -> PatternCounts:
    """A long tally with half its weight; an article once seen is never forgotten."""
    if sum(tally) < MAX_COUNTED_PAGES:
        return tally
    return PatternCounts((tally.articles + 1) // 2, tally.undated // 2, tally.non_articles // 2)


def _keep_most_used(patterns: dict[str, PatternCounts]) -> dict[str, PatternCounts]:
    """The patterns, without the least used where there are too many: a quarter goes, so that new ones get in."""
    if len(patterns) <= MAX_PATTERNS:
        return patterns
    by_use = sorted(
        patterns, key=lambda pattern: patterns[pattern].articles + patterns[pattern].non_articles, reverse=True
    )
    kept = set(by_use[: MAX_PATTERNS * 3 // 4])
    return {pattern: tally for pattern, tally in patterns.items() if pattern in kept}
