"""Pages that are there later: after a dead link, a stub, and a night of maintenance."""

from crawler.demo import Response, serve
from storage import Corpus

HTML = {"Content-Type": "text/html; charset=utf-8"}
TOPICS = ("Ferry", "Bridge", "Market", "School")


def lay_out(title: str, *paragraphs: str) -> Response:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<!doctype html><title>{title}</title><article><h1>{title}</h1>{body}</article>"
    return Response(200, HTML, page.encode())


def write_story(topic: str) -> Response:
    sentences = [f"The {topic.lower()} of ward {number} was the subject of a long debate." for number in range(12)]
    return lay_out(f"{topic} plans divide the town", " ".join(sentences[:6]), " ".join(sentences[6:]))


MAINTENANCE = lay_out(
    "Back soon",
    "We are moving to a new system tonight, and the site cannot be reached while we do so. All reports of the day will "
    "be here again tomorrow morning, together with the archive of the last twenty years.",
    "Until then you find our latest reports in the printed edition and at our counter in the market hall, where our "
    "colleagues are glad to help. Thank you for your patience, and good night.",
)


class Paper:
    """A site whose feed lists four articles; what their pages answer at first is up to the test."""

    def __init__(self, first: dict[str, Response]) -> None:
        self.first = first

    def respond(self, target: str, base_url: str) -> Response:
        if target == "/":
            return Response(200, HTML, b'<link rel="alternate" type="application/rss+xml" href="/feed"><p>Paper</p>')
        if target == "/feed":
            items = "".join(
                f"<item><title>{topic} plans divide the town</title><link>{base_url}/news/{topic.lower()}-plans</link>"
                "</item>"
                for topic in TOPICS
            )
            feed = f'<rss version="2.0"><channel>{items}</channel></rss>'
            return Response(200, {"Content-Type": "application/rss+xml"}, feed.encode())
        pages = {f"/news/{topic.lower()}-plans": write_story(topic) for topic in TOPICS}
        return self.first.get(target) or pages.get(target) or Response(404, HTML, b"<p>Not found</p>")


def test_pages_that_are_not_there_at_first(start_crawl, database: str) -> None:
    paper = Paper(
        {
            "/news/ferry-plans": Response(404, HTML, b"<p>Not found</p>"),
            "/news/bridge-plans": lay_out("Bridge plans divide the town", "More follows."),
            "/news/market-plans": Response(202, HTML, b""),
            "/news/school-plans": Response(410, HTML, b"<p>Gone</p>"),
        }
    )
    with serve({"paper.example": paper}) as server:
        crawl = lambda: start_crawl("http://paper.example/", environment={"http_proxy": server.url}).wait()  # noqa: E731
        crawl()
        paper.first.clear()
        assert crawl()["counts"]["stored"] == 3
        server.forget_requests()
        crawl()
    assert not [request for request in server.requests if request.path == "/news/school-plans"]


def test_nothing_stays_of_a_maintenance_page(start_crawl, database: str) -> None:
    paper = Paper({f"/news/{topic.lower()}-plans": MAINTENANCE for topic in TOPICS})
    with serve({"paper.example": paper}) as server:
        crawl = lambda: start_crawl("http://paper.example/", environment={"http_proxy": server.url}).wait()  # noqa: E731
        crawl()
        with Corpus.open(database) as corpus:
            assert corpus.stats().articles == 0
        paper.first.clear()
        assert crawl()["counts"]["stored"] == len(TOPICS)
    with Corpus.open(database) as corpus:
        assert corpus.search("patience") == ()
