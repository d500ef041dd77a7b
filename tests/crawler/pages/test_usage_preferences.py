"""What pages and servers ask of robots, and those who do not want to be crawled at all."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from faulty import article, page, redirect, reply, serving
from records import outcomes

from cleaning import clean
from crawler.config.models import USAGE_PREFERENCES
from crawler.config.opt_out import EMPTY_OPT_OUT_LIST, OptOutList
from crawler.pages.usage_preferences import (
    Permissions,
    apply_policy,
    attach_usage_preferences,
    parse_x_robots_tag,
    read_usage_preferences,
)
from crawler.pages.worker_preload import SAMPLE_PAGE
from storage import Corpus

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://example.org/a"


@pytest.mark.parametrize(
    ("header", "directives"),
    [
        ("", ""),
        ("noindex", "noindex"),
        ("NoIndex , NOARCHIVE", "noindex noarchive"),
        ("googlebot: noindex", ""),
        ("googlebot: noindex, noarchive", ""),
        ("cleanwire: noindex, noarchive", "noindex noarchive"),
        ("googlebot: nofollow, Cleanwire: noindex", "noindex"),
        ("noarchive, otherbot: noindex", "noarchive"),
        ("max-snippet: 20, max-image-preview:large, noindex", "max-snippet:20 max-image-preview:large noindex"),
        ("otherbot: max-snippet: 20, noindex", ""),
        ("cleanwire-images: noindex", ""),
        ("noai, noimageai", "noai noimageai"),
        (",,;,", ";"),
    ],
)
def test_directives_are_those_for_all_and_those_for_us(header: str, directives: str) -> None:
    assert parse_x_robots_tag(header) == tuple(directives.split())


@pytest.mark.parametrize(
    ("headers", "obeyed", "leave"),
    [
        ([], USAGE_PREFERENCES, Permissions()),
        ([("X-Robots-Tag", "noindex")], USAGE_PREFERENCES, Permissions("noindex", may_archive=False)),
        ([("x-robots-tag", "none")], USAGE_PREFERENCES, Permissions("noindex", may_archive=False)),
        ([("X-Robots-Tag", "noindex")], ("noarchive", "tdm"), Permissions()),
        ([("X-Robots-Tag", "nofollow, noarchive")], USAGE_PREFERENCES, Permissions(may_archive=False)),
        ([("X-Robots-Tag", "nocache")], USAGE_PREFERENCES, Permissions(may_archive=False)),
        ([("X-Robots-Tag", "noarchive")], ("noindex",), Permissions()),
        (
            [("X-Robots-Tag", "nosnippet"), ("X-Robots-Tag", "noindex")],
            USAGE_PREFERENCES,
            Permissions("noindex", may_archive=False),
        ),
        ([("X-Robots-Tag", "googlebot: noindex")], USAGE_PREFERENCES, Permissions()),
        (
            [("X-Robots-Tag", "unavailable_after: Wed, 01 May 2024 15:00:00 GMT")],
            USAGE_PREFERENCES,
            Permissions("noindex", False),
        ),
        ([("X-Robots-Tag", "unavailable_after: 2024-05-01")], USAGE_PREFERENCES, Permissions("noindex", False)),
        ([("X-Robots-Tag", "unavailable_after: Sat, 01 May 2032 15:00:00 GMT")], USAGE_PREFERENCES, Permissions()),
        ([("X-Robots-Tag", "unavailable_after: some day")], USAGE_PREFERENCES, Permissions()),
        ([("TDM-Reservation", "1")], USAGE_PREFERENCES, Permissions("tdm-reserved", may_archive=False)),
        ([("tdm-reservation", "0")], USAGE_PREFERENCES, Permissions()),
        ([("tdm-reservation", "yes")], USAGE_PREFERENCES, Permissions()),
        ([("tdm-reservation", "1")], ("noindex", "noarchive"), Permissions()),
    ],
)
def test_what_headers_ask_is_obeyed_where_a_person_says_so(
    headers: list[tuple[str, str]], obeyed: tuple[str, ...], leave: Permissions
) -> None:
    assert apply_policy(read_usage_preferences(headers, URL, None, NOW), obeyed) == leave


def test_what_page_and_server_ask_adds_up() -> None:
    asked = replace(clean(SAMPLE_PAGE, URL), robots=("noarchive", "noai"), tdm_reserved=False, tdm_policy=None)
    headers = [("X-Robots-Tag", "noarchive, noindex"), ("tdm-reservation", "1"), ("tdm-policy", "/policy.json")]
    wishes = read_usage_preferences(headers, URL, asked, NOW)
    told = attach_usage_preferences(asked, wishes)
    assert told.robots == ("noarchive", "noindex", "noai")
    assert (told.tdm_reserved, told.tdm_policy) == (True, "https://example.org/policy.json")
    page_alone = read_usage_preferences([], URL, replace(asked, tdm_policy="https://example.org/p"), NOW)
    assert (page_alone.tdm_reserved, page_alone.tdm_policy) == (False, "https://example.org/p")


@pytest.mark.parametrize(
    ("headers", "purpose", "obeyed", "outcome"),
    [
        ([("Content-Usage", "train-ai=n")], "ai-train", USAGE_PREFERENCES, "usage-reserved"),
        ([("Content-Usage", "train-ai=n")], "research", USAGE_PREFERENCES, None),
        ([("Content-Usage", "train-ai=n")], None, USAGE_PREFERENCES, None),
        ([("Content-Usage", "train-ai=n")], "ai-train", (), None),
        ([("Content-Usage", "train-ai=n"), ("content-usage", "train-ai=y")], "ai-train", USAGE_PREFERENCES, None),
        ([("X-Robots-Tag", "noai")], "ai-input", USAGE_PREFERENCES, "usage-reserved"),
        ([("X-Robots-Tag", "otherbot: noai")], "ai-input", USAGE_PREFERENCES, None),
        ([("X-Robots-Tag", "noindex")], "search", ("tdm",), None),
        ([("X-Robots-Tag", "noarchive")], "archive", USAGE_PREFERENCES, "usage-reserved"),
        ([("tdm-reservation", "1")], "research", ("noindex",), None),
        ([("tdm-reservation", "1")], "research", USAGE_PREFERENCES, "tdm-reserved"),
    ],
)
def test_a_use_is_forbidden_for_the_purpose_it_is_said_of(
    headers: list[tuple[str, str]], purpose: str | None, obeyed: tuple[str, ...], outcome: str | None
) -> None:
    assert apply_policy(read_usage_preferences(headers, URL, None, NOW), obeyed, purpose).outcome == outcome


@pytest.mark.parametrize("purpose", [None, "ai-train"])
def test_a_crawl_keeps_what_a_site_states_and_obeys_it_for_its_purpose(
    start_crawl, database: str, purpose: str | None
) -> None:
    rules = b"User-agent: *\nContent-Signal: search=yes\nContent-Usage: /closed/ train-ai=n\nLicense: /rsl.xml\n"
    site = {
        "/robots.txt": reply(200, rules, "text/plain"),
        "/open/1": page(1),
        "/closed/2": page(2),
        "/open/3": page(3, Content_Usage="train-ai=n"),
    }
    with serving({"asking.example": site}) as server:
        start_crawl(
            "http://asking.example/",
            environment={"http_proxy": server.url},
            before="from crawler.config.models import *; "
            f"asked['options']['defaults'] = CrawlDefaults(purpose={purpose!r})",
        ).wait()
    refused = dict.fromkeys(("/closed/2", "/open/3"), "usage-reserved") if purpose else {}
    assert outcomes(database) == {path: refused.get(path, "stored") for path in ("/open/1", "/closed/2", "/open/3")}
    with Corpus.open(database) as corpus:
        stated = {
            stored.url.partition(".example")[2]: [(each.where, each.use) for each in stored.usage_statements]
            for stored in corpus.iter()
        }
        for_training = [stored.url.partition(".example")[2] for stored in corpus.iter(purpose="ai-train")]
    host = [("robots.txt Content-Signal", "search"), ("robots.txt License", "licence")]
    assert stated["/open/1"] == host
    assert for_training == ["/open/1"]
    if purpose is None:
        assert stated["/closed/2"] == [host[0], ("robots.txt Content-Usage", "ai-train"), host[1]]
        assert stated["/open/3"] == [*host, ("Content-Usage header", "ai-train")]


def test_the_tdmrep_file_of_a_host_is_obeyed_and_asked_for_once(start_crawl, database: str) -> None:
    rules = (
        b'[{"location": "/open/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1, "tdm-policy": "/p"}]'
    )
    sites = {
        "asking.example": {
            "/.well-known/tdmrep.json": reply(200, rules, "application/json"),
            "/open/1": page(1),
            "/closed/2": page(2),
            "/closed/3": page(3, TDM_Reservation="0"),
        },
        "none.example": {"/4": page(4), "/5": page(5)},
    }
    with serving(sites) as server:
        for _ in range(2):
            start_crawl(*(f"http://{name}/" for name in sites), environment={"http_proxy": server.url}).wait()
        for name in sites:
            assert [path for path in server.asked(name) if "tdmrep" in path] == ["/.well-known/tdmrep.json"]
    reserved = {"/closed/2": "tdm-reserved"}
    paths = ("/open/1", "/closed/2", "/closed/3", "/4", "/5")
    assert outcomes(database) == {path: reserved.get(path, "stored") for path in paths}
    with Corpus.open(database) as corpus:
        stated = {each.url.partition(".example")[2]: each.usage_statements for each in corpus.iter()}
    assert [(each.where, each.allowed) for each in stated["/open/1"]] == [("tdmrep.json", True)]
    assert [each.where for each in stated["/closed/3"]] == ["tdm-reservation header"]
    assert stated["/4"] == ()


def with_meta(number: int, name: str, content: str) -> bytes:
    meta = f'<meta name="{name}" content="{content}">'.encode()
    return reply(200, article(number).replace(b"<head>", b"<head>" + meta))


@pytest.mark.promise(31)
def test_a_crawl_obeys_headers_and_metas_and_records_them(start_crawl, database: str, tmp_path: Path, measured) -> None:
    assert b"<head>" in article(0)
    site = {
        "/plain": page(1),
        "/header-noindex": page(2, X_Robots_Tag="noindex"),
        "/header-other": page(3, X_Robots_Tag="googlebot: noindex"),
        "/header-ours": page(4, X_Robots_Tag="cleanwire: noindex"),
        "/header-noarchive": page(5, X_Robots_Tag="noarchive"),
        "/header-tdm": page(6, TDM_Reservation="1"),
        "/meta-noindex": with_meta(7, "robots", "noindex,follow"),
        "/meta-noarchive": with_meta(8, "robots", "noarchive"),
        "/meta-tdm": with_meta(9, "tdm-reservation", "1"),
        "/meta-ours": with_meta(10, "cleanwire", "noindex"),
        "/short-noarchive": reply(200, b"<html><head><meta name=robots content=noarchive></head><p>Soon.</p></html>"),
    }
    refused = {
        **dict.fromkeys(("/header-noindex", "/header-ours", "/meta-noindex", "/meta-ours"), "noindex"),
        **dict.fromkeys(("/header-tdm", "/meta-tdm"), "tdm-reserved"),
        "/short-noarchive": "too-short",
    }
    with serving({"asking.example": site}) as server:
        environment = {"http_proxy": server.url}
        archive = f"ArchiveConfig(folder=Path({str(tmp_path)!r}))"
        before = (
            f"from crawler.config.models import *; from pathlib import Path; asked['options']['archive'] = {archive}"
        )
        crawled = start_crawl("http://asking.example/", environment=environment, before=before).wait()
        assert outcomes(database) == {path: refused.get(path, "stored") for path in site}
        assert crawled["counts"]["failed"] == 0
        with Corpus.open(database) as corpus:
            robots = {stored.url.partition(".example")[2]: stored.robots for stored in corpus.iter()}
    assert robots == {
        "/plain": (),
        "/header-other": (),
        "/header-noarchive": ("noarchive",),
        "/meta-noarchive": ("noarchive",),
    }
    kept = b"".join(gzip.decompress(file.read_bytes()) for file in tmp_path.rglob("*.warc.gz"))
    archived = {path for path in site if f"http://asking.example{path}\r\n".encode() in kept}
    assert archived == {"/plain", "/header-other"}
    measured(f"{len(site)} pages, each handled as it asks")


@pytest.mark.parametrize(
    ("url", "is_covered"),
    [
        ("https://gone.example/", True),
        ("http://www.gone.example/a", True),
        ("https://news.gone.example:8080/a", True),
        ("https://GONE.example./a", True),
        ("https://notgone.example/", False),
        ("https://gone.example.org/", False),
        ("https://blogs.example/mine", True),
        ("http://www.blogs.example/mine/2024?x=1", True),
        ("https://blogs.example/yours", False),
        ("https://ported.example:8443/", True),
        ("https://ported.example/", False),
        ("not an address", False),
        ("", False),
    ],
)
def test_the_list_of_those_who_opted_out(url: str, is_covered: bool) -> None:
    listed = OptOutList(["gone.example", "https://blogs.example/mine", "ported.example:8443"])
    assert listed.covers(url) is is_covered
    assert not EMPTY_OPT_OUT_LIST.covers(url)


def test_nothing_of_those_who_opted_out_is_asked_for(start_crawl, database: str) -> None:
    """Their pages are not even queued; what leads there is refused."""
    sites = {
        "good.example": {"/mine/1": page(1), "/yours/2": page(2), "/led": redirect("http://www.gone.example/3")},
        "gone.example": {"/4": page(4)},
        "www.gone.example": {"/3": page(3)},
    }
    with serving(sites) as server:
        crawled = start_crawl(
            "http://good.example/",
            "http://gone.example/",
            environment={"http_proxy": server.url},
            before="from crawler.config.models import *; asked['options']['defaults'] = "
            "CrawlDefaults(opt_out=('gone.example', 'http://good.example/mine'))",
        ).wait()
        assert {exchange.host for exchange in server.exchanges} == {"good.example"}
        assert "/mine/1" not in server.asked("good.example")
    assert outcomes(database) == {"/yours/2": "stored", "/led": "opted-out"}
    assert crawled["problems"]["http://gone.example/"] == "gone.example is on the opt-out list"
