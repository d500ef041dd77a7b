"""What the crawl does not talk to, and what it does not tell: inner addresses, odd schemes, strangers, secrets."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from faulty import Exchange, page, redirect, reply, self_signed, serving
from records import outcomes

ALLOWED = {"CLEANWIRE_ALLOW_NETWORKS": "127.0.0.1/32"}
"""The servers of these tests that may be talked to are at 127.0.0.1, those that may not at 127.0.0.2 and ::1."""
SPELLINGS = (
    "127.0.0.2",
    "127.2",
    "2130706434",
    "0x7f000002",
    "0177.0.0.2",
    "0x7f.0.0.0x2",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "127.0.0.2.",
    "%31%32%37.0.0.2",
    "①②⑦.0.0.2",
    "127。0。0。2",
    "someone@127.0.0.2",
)


@pytest.mark.promise(20)
def test_inner_addresses_get_no_connection(start_crawl, database: str, measured) -> None:
    """However they are spelt, and whoever names them: a person, a redirect, robots.txt, a sitemap, a feed, a page."""
    with serving({"*": {"*": page(99)}}, "127.0.0.2") as inner, serving({"*": {"*": page(98)}}, "::1") as sixth:
        inside = [f"http://{spelling}:{inner.port}" for spelling in SPELLINGS] + [sixth.url]
        redirects = {f"/r{n}": redirect(f"{address}/secret") for n, address in enumerate(inside)}
        sitemaps = "\n".join(f"Sitemap: {address}/sitemap.xml" for address in inside)
        locations = "".join(f"<url><loc>{address}/in-sitemap</loc></url>" for address in inside)
        links = "".join(f'<a href="{address}/story-of-the-day">A story of the day</a>' for address in inside)
        alternate = f'<link rel="alternate" type="application/rss+xml" href="{inner.url}/feed.xml">'
        site = {
            "/robots.txt": reply(200, f"{sitemaps}\nSitemap: /sitemap.xml".encode(), "text/plain"),
            "/sitemap.xml": reply(200, f"<urlset>{locations}</urlset>".encode(), "application/xml"),
            "/": reply(
                200, f'{alternate}<link rel="alternate" type="application/rss+xml" href="/feed">{links}'.encode()
            ),
            "/icons.ico": redirect(f"{inner.url}/icon"),
            "/good": page(1),
            **redirects,
        }
        with serving({"*": site}) as outer, serving({"*": {"/robots.txt": redirect(f"{inner.url}/robots.txt")}}) as led:
            crawled = start_crawl(outer.url, led.url, *inside, environment=ALLOWED).wait()
    assert (inner.connections, sixth.connections) == (0, 0)
    assert outcomes(database) == {"/good": "stored", **dict.fromkeys([*redirects, "/icons.ico"], "address-refused")}
    assert led.asked(led.url.removeprefix("http://")) == ["/robots.txt"]
    assert all("is not a public address" in problem for problem in crawled["problems"].values())
    assert len(crawled["problems"]) >= 3
    assert crawled.errors == ""
    measured(f"0 connections, {len(SPELLINGS)} spellings and ::1, through 7 routes")


@pytest.mark.promise(21)
def test_private_networks_are_off_until_they_are_allowed(start_crawl, measured) -> None:
    with serving({"*": {"/a": page(1)}}) as server:
        refused = start_crawl(server.url, server.url.replace("127.0.0.1", "localhost")).wait()
        assert server.connections == 0
        assert refused["exit_code"] == 4
        assert set(refused["problems"].values()) == {
            "127.0.0.1 is not a public address; CLEANWIRE_ALLOW_NETWORKS can allow it",
            "localhost (127.0.0.1) is not a public address; CLEANWIRE_ALLOW_NETWORKS can allow it",
        }
        elsewhere = start_crawl(server.url, environment={"CLEANWIRE_ALLOW_NETWORKS": "10.0.0.0/8"}).wait()
        assert (server.connections, elsewhere["exit_code"]) == (0, 4)
        assert start_crawl(server.url, environment=ALLOWED).wait()["counts"]["stored"] == 1
    measured("0 connections until allowed by name")


def test_names_that_lead_inside_are_refused_where_they_are_resolved(start_crawl) -> None:
    """The name is checked by what it resolves to; the resolver itself is replaced, for want of such a name."""
    before = "import socket; socket.gethostbyname = lambda name: '10.0.0.7'"
    crawled = start_crawl("http://intranet.example/", before=before).wait()
    assert crawled["problems"] == {
        "http://intranet.example/": "intranet.example (10.0.0.7) is not a public address; CLEANWIRE_ALLOW_NETWORKS can "
        "allow it"
    }


@pytest.mark.promise(22)
def test_other_schemes_are_refused_and_recorded(start_crawl, database: str, tmp_path: Path, measured) -> None:
    (tmp_path / "secret.html").write_bytes(page(7))
    others = (
        f"file://{tmp_path}/secret.html",
        f"file://localhost{tmp_path}/secret.html",
        "data:text/html,<p>secret",
        "ftp://127.0.0.1/secret",
        "s3://bucket/secret",
        "javascript:alert(1)",
        "gopher://127.0.0.1/",
    )
    site = {f"/{number}": redirect(address) for number, address in enumerate(others)} | {"/good": page(1)}
    with serving({"odd.example": site}) as server:
        crawled = start_crawl("http://odd.example/", environment={"http_proxy": server.url}).wait()
        assert set(site) <= set(server.asked("odd.example"))
    assert outcomes(database) == {**dict.fromkeys(site, "bad-redirect"), "/good": "stored"}
    assert crawled.errors == ""
    measured(f"{len(others)} of {len(others)} rejected, each recorded")


@pytest.mark.promise(25)
def test_certificates_are_verified_unless_a_source_asks_not_to(start_crawl, tmp_path: Path, measured) -> None:
    context = self_signed(tmp_path)
    with serving({"*": {"/a": page(1)}}, context=context) as trusted, serving({"*": {"/a": page(2)}}) as plain:
        strict = start_crawl(trusted.url, environment=ALLOWED).wait()
        assert "certificate verify failed" in strict["problems"][trusted.url]
        assert trusted.exchanges == []
        lenient = {"url": trusted.url, "verify_tls": False}
        assert start_crawl(lenient, environment=ALLOWED).wait()["counts"]["stored"] == 1
        # Another source's leave is no leave: here 127.0.0.1 is a host of one that verifies.
        other = start_crawl(
            {"url": plain.url.replace("127.0.0.1", "localhost"), "verify_tls": False}, trusted.url, environment=ALLOWED
        ).wait()
        assert "certificate verify failed" in other["problems"][trusted.url]
    measured("0 requests to a self-signed host, except from the source that allows it")


def secrets_of(exchange: Exchange) -> Mapping[str, str]:
    """The headers of a request that this test's source has configured."""
    return {name: exchange.headers[name] for name in ("authorization", "cookie", "x-key") if name in exchange.headers}


@pytest.mark.promise(26)
def test_headers_and_cookies_of_a_source_stay_on_its_origin(start_crawl, tmp_path: Path, measured) -> None:
    secrets = {"authorization": "Bearer 1", "cookie": "a=1; b=2", "x-key": "3"}
    agent = "Reader/1.0"
    with (
        serving({"*": {"*": page(8)}}) as port,
        serving({"*": {"*": page(9)}}, context=self_signed(tmp_path)) as scheme,
    ):
        site = {
            "/host": redirect(port.url.replace("127.0.0.1", "localhost") + "/host"),
            "/port": redirect(f"{port.url}/port"),
            "/scheme": redirect(f"{scheme.url}/scheme"),
            "/back": redirect("/good"),
            "/good": page(1, Set_Cookie="tracking=1"),
        }
        with serving({"*": site}) as server:
            source = {
                "url": server.url,
                "headers": {"Authorization": "Bearer 1", "X-Key": "3", "User-Agent": agent},
                "cookies": {"a": "1", "b": "2"},
                "verify_tls": False,
                "session_cookies": False,
            }
            start_crawl(source, environment=ALLOWED).wait()
        assert {"/robots.txt", "/", "/feed", *site} <= {exchange.path for exchange in server.exchanges}
        assert all(secrets_of(exchange) == secrets for exchange in server.exchanges)
        assert all(exchange.headers["user-agent"] == agent for exchange in server.exchanges)
        left = [*port.exchanges, *scheme.exchanges]
        assert {exchange.path for exchange in left} == {"/robots.txt", "/host", "/port", "/scheme"}
        assert all(secrets_of(exchange) == {} for exchange in left)
        assert all(exchange.headers["user-agent"].startswith("Cleanwire") for exchange in left)
    measured(f"none in {len(left)} requests to another host, port and scheme")
