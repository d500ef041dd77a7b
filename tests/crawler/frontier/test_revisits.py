"""Articles are looked at again, listings when they are due, and a feed's own text stands in for what cannot be had."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from crawler.demo import Response, serve
from crawler.frontier.schedule import IntervalBounds, compute_interval, compute_next_poll, compute_next_revisit
from crawler.pages.worker_preload import SAMPLE_PAGE
from storage import Corpus

HTML = {"Content-Type": "text/html; charset=utf-8"}
HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATHS = ("/steady", "/edited", "/pulled", "/walled")


MORE = " ".join(f"Boat number {number} of the fleet had left the quay by noon." for number in range(6))


def make_new(page: bytes) -> bytes:
    """Date the sample page today: an article that is old when it is found is not revisited."""
    today = datetime.now(UTC).date()
    page = page.replace(b"2024-01-02", today.isoformat().encode())
    return page.replace(b"2 January 2024", f"{today:%d %B %Y}".encode())


NEW_PAGE = make_new(SAMPLE_PAGE)


def story(number: int, hour: bytes = b"seven") -> Response:
    body = NEW_PAGE.replace(b"Harbour closed by a storm", b"Harbour number %d closed by a storm" % number)
    return Response(200, HTML, body.replace(b"seven", hour))


class Paper:
    """A site with four articles that change when told to; its feed has the whole text of one that is walled off."""

    def __init__(self) -> None:
        self.answers = {
            "/steady": story(1),
            "/edited": story(2),
            "/pulled": story(3),
            "/walled": Response(403, {}, b""),
        }

    def respond(self, target: str, base_url: str) -> Response:
        if target == "/":
            return Response(200, HTML, b'<link rel="alternate" type="application/rss+xml" href="/feed"><p>Paper</p>')
        if target == "/feed":
            return Response(200, {"Content-Type": "application/rss+xml"}, self._feed(base_url).encode())
        return self.answers.get(target, Response(404, HTML, b"<p>Not found</p>"))

    def _feed(self, base_url: str) -> str:
        whole = NEW_PAGE.partition(b"<article>")[2].partition(b"</article>")[0].decode() + f"<p>{MORE}</p>"
        items = [
            f"<item><title>The harbour{path}</title><link>{base_url}{path}</link>"
            + (f"<content:encoded><![CDATA[{whole}]]></content:encoded>" if path == "/walled" else "")
            + "</item>"
            for path in PATHS
        ]
        namespace = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        return f'<rss version="2.0" {namespace}><channel>{"".join(items)}</channel></rss>'


def ask(database: str, statement: str) -> list[tuple]:
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        return connection.execute(statement).fetchall()


def let_an_hour_pass(database: str) -> None:
    ask(database, "UPDATE frontier SET revisit_at = datetime(revisit_at, '-1 hour')")


def test_later_looks_find_what_changed_and_what_is_gone(start_crawl, database: str) -> None:
    paper = Paper()
    with serve({"paper.example": paper}) as server:
        crawl = lambda: start_crawl("http://paper.example/", environment={"http_proxy": server.url}).wait()  # noqa: E731
        assert crawl()["counts"]["stored"] == 4
        dues = ask(database, "SELECT unixepoch(revisit_at) - unixepoch(first_fetched_at) FROM frontier")
        assert dues == [(3600,)] * 4

        server.forget_requests()
        assert crawl()["counts"]["fetched"] == 0
        assert len(server.requests) <= 2

        paper.answers |= {"/edited": story(2, b"nine"), "/pulled": Response(410, {}, b""), "/walled": story(4)}
        let_an_hour_pass(database)
        server.forget_requests()
        counts = crawl()["counts"]
        statuses = {request.path: request.status for request in server.requests if request.path in PATHS}
    assert statuses == {"/steady": 304, "/edited": 200, "/pulled": 410, "/walled": 200}
    assert (counts["unchanged"], counts["updated"], counts["http-410"]) == (1, 2, 1)
    with Corpus.open(database) as corpus:
        articles = {article.url.partition(".example")[2]: article for article in corpus.iter()}
        assert "at nine" in articles["/edited"].text
        assert [version.number for version in corpus.versions(articles["/edited"].id)] == [1]
        assert "at seven" in corpus.versions(articles["/edited"].id)[0].text
        assert articles["/pulled"].gone_at is not None
        assert "at seven" in articles["/pulled"].text
        assert articles["/walled"].flags == ()


def test_a_feeds_own_text_stands_in_for_a_page_that_cannot_be_had(start_crawl, database: str) -> None:
    with serve({"paper.example": Paper()}) as server:
        start_crawl("http://paper.example/", environment={"http_proxy": server.url}).wait()
    with Corpus.open(database) as corpus:
        article = corpus.find("http://paper.example/walled")
        assert article is not None
        assert (article.title, article.flags) == ("The harbour/walled", ("from-feed",))
        assert "at seven" in article.text
    details = dict(ask(database, "SELECT final_url, detail FROM fetch"))
    assert details["http://paper.example/walled"] == "the text is its feed's: http-403"
    assert ask(database, "SELECT count(*) FROM feed_entry WHERE html IS NOT NULL") == [(0,)]


def test_listings_are_left_alone_until_they_are_due(start_crawl, database: str) -> None:
    with serve({"paper.example": Paper()}) as server:
        environment = {"http_proxy": server.url}
        start_crawl("http://paper.example/", environment=environment).wait()
        server.forget_requests()
        early = start_crawl("http://paper.example/", environment=environment, only_due=True).wait()
        assert (early["exit_code"], early["problems"], server.requests) == (0, {}, ())
        ask(database, "UPDATE feed SET next_poll_at = datetime('now', '-1 second')")
        start_crawl("http://paper.example/", environment=environment, only_due=True).wait()
        assert "/feed" in [request.path for request in server.requests]
    intervals = ask(database, "SELECT interval, next_poll_at > polled_at FROM feed WHERE url LIKE '%/feed'")
    assert intervals == [(720, 1)]


@pytest.mark.parametrize(
    ("present", "new", "failures", "seconds"),
    [
        (None, 0, 0, 600),
        (None, 40, 0, 600),
        (600, 0, 0, 720),
        (1800, 2, 0, 900),
        (600, 5, 0, 600),  # never below the lower bound
        (80_000, 0, 0, 86_400),  # never above the upper one
        (3_600, 0, 1, 7_200),
        (3_600, 0, 2, 14_400),
        (3_600, 0, 500, 86_400),
    ],
)
def test_the_interval_follows_how_often_there_is_something_new(
    present: int | None, new: int, failures: int, seconds: int
) -> None:
    assert compute_interval(present, new=new, failures=failures, bounds=IntervalBounds()) == seconds


def test_a_feed_settles_at_the_pace_of_its_site() -> None:
    """A site with an article every five hours: looked at some times between two, and soon found after each."""
    clock, interval, last_new, waits, looks = 0.0, None, 0, [], 0
    while clock < 14 * 86_400:
        published = int(clock // (5 * 3_600))
        new = published - last_new
        if new:
            waits.append(clock - published * 5 * 3_600)
        last_new, looks = published, looks + 1
        interval = compute_interval(interval, new=new, failures=0, bounds=IntervalBounds())
        clock += interval
    articles = last_new
    assert looks / articles < 7
    assert sum(waits) / len(waits) < 1.5 * 3_600


def test_jitter_never_adds() -> None:
    dues = [compute_next_poll(NOON, 600) - NOON for _ in range(200)]
    assert timedelta(minutes=8) <= min(dues) < max(dues) <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("after", "due"),
    [(0 * HOUR, 1 * HOUR), (1 * HOUR, 6 * HOUR), (7 * HOUR, 24 * HOUR), (23 * HOUR, 24 * HOUR), (200 * HOUR, None)],
)
def test_an_article_is_looked_at_again_less_and_less_often(after: timedelta, due: timedelta | None) -> None:
    schedule = [1 * HOUR, 6 * HOUR, 24 * HOUR, 168 * HOUR]
    assert compute_next_revisit(schedule, NOON, NOON + after) == (None if due is None else NOON + due)


@pytest.mark.parametrize(
    ("age", "dues"),
    [
        (timedelta(0), [1, 6, 24, 168]),
        (timedelta(days=25), [1, 6, 24, 168]),
        (timedelta(days=31), [168]),
        (timedelta(days=730), []),
        (-timedelta(days=1), [1, 6, 24, 168]),
        (None, [1, 6, 24, 168]),
    ],
)
def test_an_article_that_was_old_when_it_was_found_is_hardly_revisited(age: timedelta | None, dues: list[int]) -> None:
    schedule, published = [1 * HOUR, 6 * HOUR, 24 * HOUR, 168 * HOUR], None if age is None else NOON - age
    found, now = [], NOON
    while (now := compute_next_revisit(schedule, NOON, now, published)) is not None:
        found.append((now - NOON) // HOUR)
    assert found == dues
