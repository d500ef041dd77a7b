"""Article or not, and by which name a page is refused."""

import pytest

from cleaning import NotAnArticleError, Outcome, clean

SENTENCES = [
    "The council of Velden Bay voted on Tuesday to rebuild the northern dyke before the next storm season begins.",
    "Eleven of its fifteen members backed the plan, which will cost about a third of what the town collects in a year.",
    "Work is to begin in April with the stretch beside the fish market, where the water came over the top twice.",
    "Families who have to move while the cranes are there will be housed in the old school on the hill until October.",
    "The engineer who drew the plan, Kofi Brandt, said that the new wall would be a metre higher than the old one.",
    "It will also be open to walkers, with a bench every hundred metres and a stair at each of the three slipways.",
]
STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
DECLARED = '<meta property="og:type" content="article">'


def page(body: str, *, title: str = "", head: str = "", attributes: str = "") -> str:
    head = f"<title>{title}</title>{head}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body{attributes}>{body}</body></html>'


def cards(count: int, tag: str = "h2") -> str:
    return "".join(
        f'<div class="card"><{tag}><a href="/{i}">{SENTENCES[i % 6][:40]}</a></{tag}><p>{SENTENCES[i % 6]}</p></div>'
        for i in range(count)
    )


ARTICLES = {
    "a story": page(f"<h1>Dyke to be rebuilt</h1><article>{STORY}</article>", title="Dyke to be rebuilt"),
    "with related headlines below": page(
        f"<h1>Dyke to be rebuilt</h1><article>{STORY}</article><div>{cards(4, 'h3')}</div>", head=DECLARED
    ),
    "with headlines in the aside": page(f"<article>{STORY}</article><aside>{cards(8, 'h3')}</aside>"),
    "a single post of a theme that adds archive classes": page(
        f"<article>{STORY}</article>{cards(2)}", attributes=' class="single single-post category-town"'
    ),
    "about an error page": page(
        f"<h1>The page that was not found: a history of 404</h1><article>{STORY}</article>",
        title="The page that was not found: a history of 404",
    ),
    "about a captcha": page(
        f"<h1>Why captchas ask for buses</h1><article>{STORY}</article>", title="Why captchas ask for buses"
    ),
    "a list of sub-heads that are links": page(
        "<article><h1>Five things</h1>"
        + "".join(
            f'<h2><a href="#{i}">Thing {i} of five</a></h2><p>{s}</p><p>{s[::-1]}.</p>' for i, s in enumerate(SENTENCES)
        )
        + "</article>",
        head=DECLARED,
    ),
    "a brief": page(
        f"<h1>Dyke to be rebuilt</h1><article><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p></article>",
        title="Dyke to be rebuilt",
        head=DECLARED,
    ),
}
REFUSED = {
    "archive of WordPress": (page(cards(5), attributes=' class="archive category category-town"'), Outcome.INDEX_PAGE),
    "author's page": (page(cards(5), attributes=' class="archive author author-ali"'), Outcome.AUTHOR_PAGE),
    "search results": (page(cards(5), attributes=' class="search search-results"'), Outcome.SEARCH_PAGE),
    "front page of a blog": (page(cards(5), attributes=' class="home blog"'), Outcome.INDEX_PAGE),
    "collection in JSON-LD": (
        page(cards(3), head='<script type="application/ld+json">{"@type": "CollectionPage", "name": "Town"}</script>'),
        Outcome.INDEX_PAGE,
    ),
    "headlines with teasers": (page(f"<main>{cards(8)}</main>", title="Town news"), Outcome.INDEX_PAGE),
    "headlines in links": (
        page("".join(f'<a href="/{i}"><h3>{s[:50]}</h3></a><p>{s}</p>' for i, s in enumerate(SENTENCES))),
        Outcome.INDEX_PAGE,
    ),
    "a list of links and nothing else": (
        page("<ul>" + "".join(f'<li><a href="/{i}">{s[:60]}</a></li>' for i, s in enumerate(SENTENCES * 3)) + "</ul>"),
        Outcome.INDEX_PAGE,
    ),
    "error page of WordPress": (
        page("<h1>Oops!</h1><p>It looks like nothing was found.</p>", attributes=' class="error404"'),
        Outcome.SOFT_404,
    ),
    "error page by its title": (
        page(
            "<h1>Page not found</h1><p>Try a search, or go back to the front page of the paper.</p>",
            title="Page not found",
        ),
        Outcome.SOFT_404,
    ),
    "error page in German": (
        page("<h1>Seite nicht gefunden</h1><p>Versuchen Sie es mit der Suche.</p>", title="Seite nicht gefunden"),
        Outcome.SOFT_404,
    ),
    "error page in Turkish": (
        page("<h1>Sayfa bulunamadı</h1><p>Aradığınız sayfa kaldırılmış olabilir.</p>", title="Sayfa bulunamadı"),
        Outcome.SOFT_404,
    ),
    "404 by its number": (
        page("<h1>404</h1><p>Sorry, we looked everywhere and it was not there.</p>", title="404"),
        Outcome.SOFT_404,
    ),
    "gone": (
        page(
            "<h1>This article is no longer available</h1><p>It has been removed by its author.</p>",
            title="This article is no longer available",
        ),
        Outcome.SOFT_404,
    ),
    "waiting room": (
        page("<h1>news.example</h1><p>Checking your browser before you go on.</p>", title="Just a moment..."),
        Outcome.CAPTCHA,
    ),
    "denied": (
        page("<h1>Access Denied</h1><p>You do not have permission to see this page.</p>", title="Access Denied"),
        Outcome.CAPTCHA,
    ),
    "are you a robot": (
        page(
            "<p>We have detected unusual traffic from your network. Please verify that you are human.</p>",
            title="news.example",
        ),
        Outcome.CAPTCHA,
    ),
    "consent dialogue": (
        page(
            '<div class="gate"><p>We and our 90 partners use cookies to store and access information on a device '
            "and to personalise ads and content.</p><p>You can change your preferences at any time. "
            "Some partners rely on legitimate interest.</p><p>Accept all Reject all</p></div>",
            title="News",
        ),
        Outcome.CONSENT_PAGE,
    ),
    "stub": (
        page(
            f"<article><h1>Dyke</h1><p>{SENTENCES[0]}</p><p>Subscribe to continue reading this article.</p></article>",
            head=DECLARED
            + '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>',
        ),
        Outcome.PAYWALL_STUB,
    ),
    "one line": (page("<h1>Fog</h1><p>Fog this morning, seen from the pier.</p>", title="Fog"), Outcome.TOO_SHORT),
    "no text": (page("<img src='a.jpg'>"), Outcome.TOO_SHORT),
    "a video alone": (
        page("<h1>Watch: the dyke</h1><video src='a.mp4'></video>", title="Watch: the dyke"),
        Outcome.TOO_SHORT,
    ),
}


@pytest.mark.parametrize("html", ARTICLES.values(), ids=ARTICLES)
def test_is_an_article(html: str) -> None:
    assert SENTENCES[0] in clean(html, "https://news.example/a").text


@pytest.mark.parametrize(("html", "outcome"), REFUSED.values(), ids=REFUSED)
def test_is_refused_by_its_name(html: str, outcome: Outcome) -> None:
    with pytest.raises(NotAnArticleError) as refused:
        clean(html, "https://news.example/a")
    assert refused.value.reason is outcome, str(refused.value)
    assert refused.value.detail
