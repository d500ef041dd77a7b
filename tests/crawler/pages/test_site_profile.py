"""What a site's pages teach about its addresses, and what follows from it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cleaning import Article, Cleaned
from crawler.pages.site_profile import (
    MAX_COUNTED_PAGES,
    MAX_PATTERNS,
    MIN_PAGES,
    MIN_PAGES_FOR_ARTICLE_URLS,
    NO_ARTICLE_OUTCOMES,
    SiteProfile,
    apply_site_profile,
)
from crawler.pages.tasks import CleanedNews, RejectedPage

SITE = "https://example.org"
DATED = datetime(2024, 10, 12, tzinfo=UTC)
PROSE = "The council voted on Tuesday to raise the northern dyke by a metre before the next storms come."


def article(text: str = PROSE, **fields: object) -> Article:
    return Article(**{"text": text, "blocks": (), "title": "Dyke to be raised", "word_count": 200, **fields})  # type: ignore[arg-type]


def taught(pages: Iterable[tuple[str, str, Article | None]], profile: SiteProfile | None = None) -> SiteProfile:
    profile = profile or SiteProfile()
    for path, outcome, cleaned in pages:
        profile = profile.learn(SITE + path, outcome, cleaned)
    return profile


def stories(count: int = MIN_PAGES, path: str = "/news/story-number-{}-of-the-day", **fields: object) -> SiteProfile:
    fields = {"page_type": "NewsArticle", "published": DATED, **fields}
    return taught((path.format(i), "stored", article(f"{PROSE} {'x' * i}", **fields)) for i in range(count))


# Before a request


def lists(outcome: str = "index-page", count: int = MIN_PAGES) -> list[tuple[str, str, Article | None]]:
    return [(f"/themes/theme-{i}", outcome, None) for i in range(count)]


def skipped(profile: SiteProfile, path: str = "/themes/{}", *, is_named_news: bool = False) -> int:
    paths = (path.format(word) for word in WORDS)
    return sum(profile.predict_url(SITE + one, is_named_news=is_named_news).skip for one in paths)


WORDS = [f"{a}{b}" for a in ("road", "dyke", "port", "well", "boat") for b in "abcdefghijklmnopqrst"]


def test_addresses_that_never_held_an_article_are_left_alone_but_for_a_sample() -> None:
    assert 80 <= skipped(taught(lists(), stories())) < 100


def test_never_what_a_feed_names() -> None:
    assert skipped(taught(lists(), stories()), is_named_news=True) == 0


@pytest.mark.parametrize("outcome", sorted(NO_ARTICLE_OUTCOMES))
def test_every_outcome_that_tells_of_the_address_counts(outcome: str) -> None:
    assert skipped(taught(lists(outcome), stories())) > 0


@pytest.mark.parametrize(
    "outcome", ["paywall-stub", "captcha", "consent-page", "soft-404", "http-404", "timeout", "duplicate", "unchanged"]
)
def test_what_tells_of_the_visitor_or_of_nothing_does_not(outcome: str) -> None:
    assert skipped(taught(lists(outcome, 5 * MIN_PAGES), stories())) == 0


def test_too_few_pages_teach_nothing() -> None:
    assert skipped(taught(lists(count=MIN_PAGES - 1), stories())) == 0


def test_a_site_without_articles_is_not_given_up() -> None:
    assert skipped(taught(lists(count=10 * MIN_PAGES))) == 0


def test_a_lesson_is_unlearned_by_one_article() -> None:
    profile = taught(lists(count=5 * MIN_PAGES), stories())
    assert skipped(taught([("/themes/the-dyke", "stored", article())], profile)) == 0


def test_an_address_like_an_articles_takes_more_to_be_given_up() -> None:
    def pictures(count: int) -> SiteProfile:
        pages = ((f"/pictures/the-harbour-day-part-{i}", "gallery-page", None) for i in range(count))
        return taught(pages, stories())

    path = "/pictures/the-storm-seen-from-{}"
    assert skipped(pictures(MIN_PAGES_FOR_ARTICLE_URLS - 1), path) == 0
    assert skipped(pictures(MIN_PAGES_FOR_ARTICLE_URLS), path) > 0


def test_priorities_follow_what_was_found() -> None:
    profile = taught(lists(), stories())
    advice = [
        profile.predict_url(SITE + path, is_named_news=True).lift
        for path in ("/news/one-more-story-of-the-day", "/themes/roads", "/elsewhere/one-more-story")
    ]
    assert advice == [1, -1, 0]


def test_redirects_teach_of_both_addresses() -> None:
    profile = stories().learn(f"{SITE}/tag/roads", "tag-page", requested_url=f"{SITE}/t/7")
    assert {"/tag/<words>", "/t/<number>"} <= profile.patterns.keys()


# After cleaning


@pytest.mark.parametrize(
    ("profile", "path", "vouches"),
    [
        (stories(), "/news/one-more-story-of-the-day", True),
        (stories(MIN_PAGES - 1), "/news/one-more-story-of-the-day", False),
        (stories(path="/story-number-{}-of-the-day"), "/how-to-find-our-house", False),
        (stories(path="/en/story-number-{}-of-the-day"), "/en/how-to-find-our-house", False),
        (stories(path="/story-number-{}-of-day", page_type=None, published=None), "/how-to-find-us", True),
        (stories(path="/story-of-the-day-number-{}", published=None), "/how-to-find-our-house", False),
        (stories(path="/{}77"), "/1277", True),
        (stories(), "/themes/one-more-story-of-the-day", False),
    ],
)
def test_known_addresses_vouch_for_a_page_that_says_nothing_of_itself(
    profile: SiteProfile, path: str, vouches: bool
) -> None:
    assert profile.is_article_pattern(SITE + path) is vouches


def test_an_address_that_holds_both_vouches_for_none() -> None:
    assert not taught((f"/news/on-our-own-account-{i}", "not-news", None) for i in range(3)).is_article_pattern(
        SITE + "/news/a-b-c"
    )
    mixed = taught(((f"/news/on-our-own-account-{i}", "not-news", None) for i in range(3)), stories())
    assert not mixed.is_article_pattern(SITE + "/news/one-more-story")


def news(path: str, cleaned: Article, key: str = "example.org/key") -> tuple[CleanedNews, str]:
    return CleanedNews(Cleaned(cleaned, ()), key), SITE + path


def judged(profile: SiteProfile, path: str, cleaned: Article, found_in: str = "sitemap") -> str:
    read = apply_site_profile(*news(path, cleaned), found_in, profile)
    return read.reason if isinstance(read, RejectedPage) else "news"


def test_a_page_that_is_the_same_everywhere_is_an_error_page() -> None:
    gone = article("Sorry, /2024/10/12/{} is not here any more. Try the search, or read what others read today.")
    profile = SiteProfile()
    for name in ("dyke-goes-up", "boat-comes-back"):
        shown = replace(gone, text=gone.text.format(name))
        assert judged(profile, f"/2024/10/12/{name}/", shown, "feed") == "news"
        profile = profile.learn(f"{SITE}/2024/10/12/{name}/", "stored", shown)
    third = replace(gone, text=gone.text.format("bus-gets-dearer"))
    assert judged(profile, "/2024/10/12/bus-gets-dearer/", third, "feed") == "soft-404"
    assert judged(profile, "/2024/10/12/boat-comes-back/", third, "feed") == "news", "only two addresses so far"


def test_one_article_at_many_addresses_is_no_error_page() -> None:
    profile = SiteProfile()
    for folder in ("news", "sport", "local", "top", "world"):
        assert judged(profile, f"/{folder}/dyke-goes-up", article()) == "news"
        profile = profile.learn(f"{SITE}/{folder}/dyke-goes-up", "duplicate", article())


def test_articles_of_the_same_words_on_different_days_are_no_error_pages() -> None:
    profile = SiteProfile()
    for day in range(1, 9):
        shown = article(published=DATED.replace(day=day))
        assert judged(profile, f"/tides/tides-of-day-{day}-at-the-pier", shown) == "news"
        profile = profile.learn(f"{SITE}/tides/tides-of-day-{day}-at-the-pier", "stored", shown)


@pytest.mark.parametrize(
    ("path", "found_in", "fields", "expected"),
    [
        ("/links/", "section", {"page_type": "website"}, "not-news"),
        ("/links/", "feed", {"page_type": "website"}, "news"),
        ("/links/", "section", {"page_type": "article"}, "news"),
        ("/news/links", "section", {"page_type": "website"}, "not-news"),
        ("/news/one-more-story-of-the-day", "section", {"page_type": "website"}, "news"),
        ("/magazine/a-story-of-many-words-and-pictures", "section", {"page_type": "website"}, "news"),
        ("/how-to-find-our-house-in-town", "sitemap", {"page_type": "article", "flags": ("static-page",)}, "not-news"),
        ("/how-to-find-our-house-in-town", "feed", {"page_type": "article", "flags": ("static-page",)}, "news"),
    ],
)
def test_pages_that_are_not_like_the_sites_articles(
    path: str, found_in: str, fields: dict[str, object], expected: str
) -> None:
    shown = article("Another text.", published=DATED, **fields)
    assert judged(stories(), path, shown, found_in) == expected
    assert judged(SiteProfile(), path, shown, found_in) == "news", "a site that nothing is known of"


def test_a_site_that_writes_articles_as_pages_may() -> None:
    profile = stories(flags=("static-page",))
    assert judged(profile, "/how-to-raise-a-dyke", article("Another text.", flags=("static-page",))) == "news"


def test_an_address_that_different_pages_call_their_own_is_nobodys() -> None:
    section = f"{SITE}/news/all-of-it"
    profile = SiteProfile()
    for name in ("dyke-goes-up", "boat-comes-back", "bus-gets-dearer"):
        assert not profile.has_untrusted_canonical(section)
        profile = profile.learn(f"{SITE}/news/{name}", "stored", article(name, canonical_url=section))
    assert profile.has_untrusted_canonical(section)
    read = apply_site_profile(
        *news("/news/well-reopens", article("Other.", canonical_url=section), "of the section"), "feed", profile
    )
    assert isinstance(read, CleanedNews)
    assert read.article_key == "example.org/news/well-reopens"


def test_parts_and_renderings_may_all_name_their_article() -> None:
    whole = f"{SITE}/news/dyke-goes-up-by-a-metre"
    profile = SiteProfile()
    for part in ("/page/2", "/page/3", "/page/4", "/print", "?view=mobile", ""):
        profile = profile.learn(whole + part, "stored", article(part, canonical_url=whole))
    assert not profile.has_untrusted_canonical(whole)


# Query parameters


def visited(canonical: str | None) -> SiteProfile:
    """Two polls of a feed whose URLs have a new parameter each time, and whose pages name a canonical URL."""
    profile = SiteProfile()
    for poll, outcome in ((1, "stored"), (2, "duplicate")):
        for word in ("dyke", "port", "well"):
            shown = article(f"{PROSE} {word}", title=word, canonical_url=canonical and SITE + canonical.format(word))
            profile = profile.learn(f"{SITE}/news/the-{word}-is-closed?visit={poll}", outcome, shown)
    return profile


def test_a_parameter_on_which_no_article_depends_is_superfluous() -> None:
    for canonical in (None, "/news/the-{}-is-closed", "/"):
        assert visited(canonical).parameters.superfluous == {"visit"}
    new = f"{SITE}/news/the-road-is-closed?visit=3"
    assert visited("/news/the-{}-is-closed").parameters.simplify(new) == new.partition("?")[0]
    assert visited("/").parameters.simplify(new) == new


# In and out


def test_a_profile_comes_back_from_json_as_it_was() -> None:
    profile = taught([("/news/x", "stored", article(canonical_url=f"{SITE}/news/y"))], taught(lists(), stories()))
    profile = profile.learn(f"{SITE}/news/y?visit=1", "stored", article())
    assert SiteProfile.from_json(profile.to_json()) == profile
    assert profile.canonicals
    assert profile.parameters.variants


def test_a_profile_from_before_query_parameters_is_read() -> None:
    values = json.loads(stories().to_json())
    del values["parameters"]
    assert SiteProfile.from_json(json.dumps(values)) == stories()


@pytest.mark.parametrize("text", [None, "", "{}", '{"version": 0, "patterns": 7}'])
def test_what_another_version_wrote_is_learned_again(text: str | None) -> None:
    assert SiteProfile.from_json(text) == SiteProfile()


def test_a_profile_stays_small_and_keeps_what_is_used_most() -> None:
    profile = taught(lists(count=2 * MIN_PAGES), stories())
    for number in range(2_000):
        path = f"/folder{'abcdefghij'[number % 10]}{number}/a-title-{number}"
        other = f"{SITE}/other/title-{number}-of-many-words"
        shown = article(f"{PROSE} {'y' * number}", canonical_url=other, page_type=f"kind {number}")
        profile = profile.learn(SITE + path, "stored", shown)
    assert len(profile.patterns) <= MAX_PATTERNS
    assert len(profile.to_json()) < 50_000
    assert {"/news/<slug>", "/themes/<words>"} <= profile.patterns.keys()


def test_what_is_long_ago_counts_less_and_an_article_is_never_forgotten() -> None:
    profile = taught([("/themes/the-dyke", "stored", article())])
    profile = taught(lists(count=3 * MAX_COUNTED_PAGES), profile)
    tally = profile.patterns["/themes/<words>"]
    assert tally.articles == 1
    assert tally.non_articles < MAX_COUNTED_PAGES


def test_json_is_plain() -> None:
    book = json.loads(taught(lists(), stories()).to_json())
    assert book["patterns"]["/themes/<words>"] == [0, 0, MIN_PAGES]
