"""Later looks at articles: when they are due, what changed, what is gone, and what a feed kept for bad days."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from storage import ArchivePointer, Corpus, FeedEntry
from storage.schema.tables import ArticleRow, FetchRow

URL = "https://wire.example/news/1"
HOUR = timedelta(hours=1)


def look_again(crawl, new_crawl, text=None, **fields):
    """A later run that looks at the article again, with this text, or without one."""
    later = new_crawl()
    assert later.frontier.queue_revisits([later.source.id]) == 1
    (lease,) = later.lease()
    page = later.page(lease, text, **fields)
    return later.frontier.record_fetches([page])[0], lease


def test_an_article_is_due_again_when_its_time_has_come(crawl, new_crawl, cleaned):
    now = datetime.now(UTC)
    crawl.fetch(URL, cleaned("Once."), revisit_at=now + HOUR, fetched_at=now)
    assert crawl.frontier.queue_revisits([crawl.source.id]) == 0
    crawl.fetch("https://wire.example/news/2", cleaned("Twice."), revisit_at=now - HOUR, etag='"a"', last_modified="x")
    assert crawl.frontier.queue_revisits([crawl.source.id + 1]) == 0
    outcome, lease = look_again(crawl, new_crawl, cleaned("Twice."))
    assert (outcome, lease.etag, lease.last_modified) == ("unchanged", '"a"', "x")
    assert lease.first_fetched_at is not None
    assert new_crawl().frontier.queue_revisits([crawl.source.id]) == 0


def test_new_pages_go_before_later_looks(crawl, new_crawl, cleaned):
    crawl.fetch(URL, cleaned("Once."), revisit_at=datetime.now(UTC) - HOUR)
    later = new_crawl()
    later.frontier.queue_revisits([later.source.id])
    later.find("https://wire.example/maybe", found_in="section", priority=0)
    assert [lease.url for lease in later.lease()] == ["https://wire.example/maybe", URL]


def test_a_changed_text_makes_a_version(corpus: Corpus, crawl, new_crawl, cleaned):
    first = datetime.now(UTC) - 2 * HOUR
    crawl.fetch(URL, cleaned("Three hurt.", "A fire"), revisit_at=first, fetched_at=first)
    outcome, _ = look_again(
        crawl, new_crawl, cleaned("Five hurt.", "A fire"), revisit_at=first, fetched_at=first + HOUR
    )
    article = corpus.find(URL)
    assert (outcome, article.text, article.version) == ("updated", "Five hurt.", 2)
    look_again(crawl, new_crawl, cleaned("Five hurt.", "A great fire"))
    versions = corpus.versions(article.id)
    assert [(version.number, version.title, version.text) for version in versions] == [
        (1, "A fire", "Three hurt."),
        (2, "A fire", "Five hurt."),
    ]
    assert (versions[0].fetched_at, versions[0].replaced_at) == (first, first + HOUR)
    assert corpus.search("three hurt") == ()


def by_an_older_cleaner(corpus: Corpus) -> None:
    with corpus._database.write() as connection:
        connection.execute(update(ArticleRow).values(cleaner="0.0.1+00000000"))


def test_what_a_newer_cleaner_reads_differently_is_no_edit(corpus: Corpus, crawl, new_crawl, cleaned):
    past = datetime.now(UTC) - HOUR
    crawl.fetch(URL, cleaned("Three hurt.\n\nRead more"), revisit_at=past, fetched_at=past)
    by_an_older_cleaner(corpus)
    outcome, _ = look_again(crawl, new_crawl, cleaned("Three hurt."), revisit_at=past)
    article = corpus.find(URL)
    assert (outcome, article.text, article.version) == ("unchanged", "Three hurt.", 2)
    assert [version.ended_by for version in corpus.versions(article.id)] == ["reclean"]
    # Its next change is the site's.
    outcome, _ = look_again(crawl, new_crawl, cleaned("Five hurt."))
    assert (outcome, [version.ended_by for version in corpus.versions(article.id)]) == ("updated", ["reclean", "edit"])


def test_a_change_that_the_page_dates_is_an_edit_whoever_reads_it(corpus: Corpus, crawl, new_crawl, cleaned):
    now = datetime.now(UTC)
    crawl.fetch(URL, cleaned("Three hurt."), revisit_at=now - HOUR, fetched_at=now - HOUR)
    by_an_older_cleaner(corpus)
    outcome, _ = look_again(crawl, new_crawl, cleaned("Five hurt.", modified=now, modified_precision="second"))
    assert (outcome, corpus.versions(corpus.find(URL).id)[0].ended_by) == ("updated", "edit")


def test_what_two_cleaners_read_alike_is_noted_so_that_the_next_change_is_an_edit(corpus, crawl, new_crawl, cleaned):
    past = datetime.now(UTC) - HOUR
    crawl.fetch(URL, cleaned("Three hurt."), revisit_at=past, fetched_at=past)
    by_an_older_cleaner(corpus)
    assert look_again(crawl, new_crawl, cleaned("Three hurt."), revisit_at=past)[0] == "unchanged"
    assert look_again(crawl, new_crawl, cleaned("Five hurt."))[0] == "updated"


def test_a_vanished_page_is_noted_and_its_article_stays(corpus: Corpus, crawl, new_crawl, cleaned):
    now = datetime.now(UTC)
    crawl.fetch(URL, cleaned("Once."), revisit_at=now - HOUR)
    outcome, _ = look_again(
        crawl, new_crawl, outcome="http-410", http_status=410, fetched_at=now, revisit_at=now - HOUR
    )
    article = corpus.find(URL)
    assert (outcome, article.text, article.gone_at, article.outcome) == ("http-410", "Once.", now, "http-410")
    look_again(crawl, new_crawl, outcome="http-404", http_status=404, revisit_at=now - HOUR)
    assert corpus.find(URL).gone_at == now
    assert look_again(crawl, new_crawl, cleaned("Once."))[0] == "unchanged"
    assert corpus.find(URL).gone_at is None


def test_a_page_that_the_server_calls_unchanged_keeps_its_validators(corpus: Corpus, crawl, new_crawl, cleaned):
    past = datetime.now(UTC) - HOUR
    crawl.fetch(URL, cleaned("Once."), revisit_at=past, etag='"a"')
    fields = {"outcome": "unchanged", "http_status": 304, "etag": '"a"', "revisit_at": past}
    assert look_again(crawl, new_crawl, **fields)[0] == "unchanged"
    assert look_again(crawl, new_crawl, **fields)[1].etag == '"a"'
    assert corpus.find(URL).outcome == "unchanged"


def test_a_later_look_that_fails_is_not_repeated_before_the_next_is_due(crawl, new_crawl, cleaned):
    past = datetime.now(UTC) - HOUR
    crawl.fetch(URL, cleaned("Once."), revisit_at=past)
    look_again(crawl, new_crawl, outcome="timeout", http_status=None, revisit_at=datetime.now(UTC) + HOUR)
    later = new_crawl()
    assert (later.frontier.queue_revisits([later.source.id]), later.lease()) == (0, [])


def test_what_a_feed_says_of_a_page_is_kept_until_the_page_is_done(crawl, new_crawl, cleaned):
    said = {"content": "<p>Whole.</p>", "authors": ("Ada Quist",), "tags": ("Ferries",)}
    crawl.find(URL, **said)
    crawl.find(URL, content="<p>Another.</p>")
    (lease,) = crawl.lease()
    assert crawl.frontier.get_feed_entry(lease) == FeedEntry("<p>Whole.</p>", ("Ada Quist",), ("Ferries",))
    crawl.frontier.record_fetches([crawl.failed(lease, "timeout")])
    assert crawl.frontier.get_feed_entry(lease).html == "<p>Whole.</p>"
    later = new_crawl()
    (lease,) = later.lease()
    later.frontier.record_fetches([later.page(lease, cleaned("Whole."))])
    # Its later visits need them, too, if the page names none.
    assert later.frontier.get_feed_entry(lease) == FeedEntry(None, ("Ada Quist",), ("Ferries",))


def test_what_a_feed_says_of_a_page_without_an_article_is_forgotten(crawl):
    crawl.find(URL, content="<p>Whole.</p>", authors=("Ada Quist",))
    (lease,) = crawl.lease()
    crawl.frontier.record_fetches([crawl.failed(lease, "not-news")])
    assert crawl.frontier.get_feed_entry(lease) == FeedEntry()


def test_a_fetch_points_into_the_archive(corpus: Corpus, crawl, cleaned):
    crawl.fetch(URL, cleaned("Once."), archived=ArchivePointer("a.warc.gz", 3_000_000_000, 512))
    with corpus._database.read() as connection:
        row = connection.execute(select(FetchRow.archive_file, FetchRow.archive_offset, FetchRow.archive_length)).one()
    assert tuple(row) == ("a.warc.gz", 3_000_000_000, 512)
