"""A farm of sites, one for each habit of telling what is new: everything is found, once, politely."""

import json
from collections import Counter
from collections.abc import Iterable
from urllib.parse import unquote

from crawler.demo import serve
from crawler.demo.farm import HABITS, FarmSite, make_farm
from storage import Corpus


def crawl(start_crawl, farm, server) -> None:
    sources = [{"url": f"http://{host}/"} for host in farm]
    crawled = start_crawl(*sources, environment={"http_proxy": server.url}, delay=0.02).wait()
    assert (crawled.status, crawled["problems"], crawled.errors) == (0, {}, "")


def stored(database: str) -> Counter[str]:
    with Corpus.open(database) as corpus:
        return Counter(unquote(article.url) for article in corpus.iter())


def published(sites: Iterable[FarmSite]) -> Counter[str]:
    return Counter(address for site in sites for address in site.addresses)


def test_all_articles_of_all_sites_once_and_later_the_new_ones(start_crawl, database: str) -> None:
    farm = make_farm(len(HABITS), 14 * len(HABITS), new=5)
    with serve(farm) as server:
        crawl(start_crawl, farm, server)
        assert stored(database) == published(farm.values())
        assert max(request.in_flight for request in server.requests) == 1
        asked = Counter((request.host, request.path) for request in server.requests if request.status == 200)
        assert asked.most_common(1)[0][1] == 1, asked.most_common(3)
        for site in farm.values():
            site.publish()
        server.forget_requests()
        crawl(start_crawl, farm, server)
        assert stored(database) == published(farm.values())
        # The link of each site that leads nowhere is tried once more.
        found = [request.path for request in server.requests if request.status != 404]
        assert len(found) <= 5 + 3 * len(farm), json.dumps(found)
