"""Sites that go on for ever: each page leads to another one, of another day or of another session."""

import re

import pytest
from faulty import Exchange, article, reply, serving

from crawler.discovery.site_search import MAX_LISTING_PAGES, MAX_WALK_DEPTH


def calendar(exchange: Exchange) -> None:
    """A page for each day, with one article and a link to the next day."""
    match = re.fullmatch(r"/day/(\d+)", exchange.path)
    day = int(match[1]) if match else 0
    if story := re.fullmatch(r"/2024/(\d+)/harbour-closed-again-by-storm", exchange.path):
        exchange.send(reply(200, article(int(story[1]))))
        return
    links = f'<a href="/2024/{day}/harbour-closed-again-by-storm">Harbour closed again by a storm of the year</a>'
    exchange.send(reply(200, f'{links}<nav><a rel="next" href="/day/{day + 1}">Next day</a></nav>'.encode()))


def older_posts(exchange: Exchange) -> None:
    """Older posts without an end."""
    match = re.fullmatch(r"/page/(\d+)/", exchange.path)
    number = int(match[1]) if match else 1
    if story := re.fullmatch(r"/2024/(\d+)/harbour-closed-again-by-storm", exchange.path):
        exchange.send(reply(200, article(int(story[1]))))
        return
    link = f'<h2><a href="/2024/{number}/harbour-closed-again-by-storm">Harbour closed by storm {number}</a></h2>'
    exchange.send(reply(200, f'{link}<a class="next" rel="next" href="/page/{number + 1}/">Older</a>'.encode()))


def sessions(exchange: Exchange) -> None:
    """Every link of every page is in a new session."""
    path, _, session = exchange.path.partition("?sid=")
    if story := re.fullmatch(r"/2024/(\d+)/harbour-closed-again-by-storm", path):
        exchange.send(reply(200, article(int(story[1]))))
        return
    number = int(session or 0) * 50 + 1
    links = "".join(
        f'<h2><a href="/2024/{n}/harbour-closed-again-by-storm?sid={number + n}">Harbour closed by storm {n}</a></h2>'
        for n in range(5)
    )
    exchange.send(reply(200, f'{links}<a href="/news?sid={number}">News</a>'.encode()))


@pytest.mark.promise(32)
def test_no_more_pages_than_the_source_allows(start_crawl, measured) -> None:
    robots = reply(404)
    sites = {
        "calendar.example": {"/robots.txt": robots, "*": calendar},
        "older.example": {"/robots.txt": robots, "*": older_posts},
        "sessions.example": {"/robots.txt": robots, "*": sessions},
    }
    with serving(sites) as server:
        sources = [{"url": f"http://{name}/", "max_pages": 12} for name in sites]
        crawled = start_crawl(*sources, environment={"http_proxy": server.url}, max_runtime=30.0).wait()
        asked = {name: server.asked(name) for name in sites}
    assert crawled["stopped"] is None
    for paths in asked.values():
        assert sum(path.startswith("/2024/") for path in paths) <= 12
    assert sum(path.startswith("/2024/") for path in asked["calendar.example"]) == 12
    assert sum(path.startswith("/day/") for path in asked["calendar.example"]) <= 20
    assert len(asked["sessions.example"]) < 60
    # Archives of real sites are long too: what lists something fresh on each page is followed up to a limit.
    assert sum(path.startswith("/page/") for path in asked["older.example"]) <= MAX_LISTING_PAGES
    measured("12 pages with a limit of 12, 20 deep; 150 in a list with numbered pages")


@pytest.mark.promise(32)
def test_no_deeper_than_twenty_pages_without_numbers_of_a_list(start_crawl) -> None:
    with serving({"calendar.example": {"/robots.txt": reply(404), "*": calendar}}) as server:
        start_crawl("http://calendar.example/", environment={"http_proxy": server.url}, max_pages=1).wait()
        assert sum(path.startswith("/day/") for path in server.asked("calendar.example")) <= MAX_WALK_DEPTH
