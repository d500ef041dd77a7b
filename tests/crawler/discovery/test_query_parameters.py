"""Feeds whose URLs have a parameter with a new value at each poll."""

import pytest
from click.testing import CliRunner
from faulty import Exchange, article, feed, reply, serving
from records import outcomes

from crawler.cli.group import cleanwire


@pytest.mark.parametrize("canonical", ["", '<link rel="canonical" href="http://paper.example{}">'])
def test_known_articles_are_not_asked_for_again(start_crawl, database: str, canonical: str) -> None:
    poll = {"number": 1, "new": 0}

    def answer(exchange: Exchange) -> None:
        path = exchange.path.partition("?")[0]
        if path == "/feed":
            urls = (f"http://paper.example/{n}?visit={poll['number']}{n}" for n in range(4 + poll["new"]))
            exchange.send(feed(urls))
        elif path[1:].isdigit():
            link = canonical.format(path).encode()
            exchange.send(reply(200, article(int(path[1:])).replace(b"</head>", link + b"</head>")))
        else:
            exchange.send(reply(404))

    with serving({"paper.example": {"*": answer}}) as server:

        def crawl() -> list[str]:
            before = len(server.asked("paper.example"))
            source = {"url": "http://paper.example/", "feeds": ["http://paper.example/feed"]}
            start_crawl(source, environment={"http_proxy": server.url}).wait()
            return sorted(path for path in server.asked("paper.example")[before:] if path[1:2].isdigit())

        assert crawl() == [f"/{n}?visit=1{n}" for n in range(4)]
        poll["number"] = 2
        assert crawl() == [f"/{n}?visit=2{n}" for n in range(4)]
        poll["number"] = 3
        assert crawl() == []
        poll.update(number=4, new=1)
        assert crawl() == ["/4" if canonical else "/4?visit=44"]
        poll["number"] = 5
        assert crawl() == []
    shown = CliRunner().invoke(cleanwire, ["--database", database, "sources", "show", "paper.example"])
    assert "Articles do not depend on these query parameters: visit" in shown.output
    assert list(outcomes(database).values()).count("stored") == 5
