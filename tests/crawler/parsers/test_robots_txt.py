"""robots.txt as RFC 9309 has it."""

import time

import pytest

from crawler.parsers.robots_txt import MAX_PARSED_BYTES, RobotsPolicy, parse_robots_txt


@pytest.mark.parametrize(
    ("text", "allowed", "forbidden"),
    [
        ("", "/ /a", ""),
        ("User-agent: *\nDisallow:", "/ /a", ""),
        ("User-agent: *\nDisallow: /", "/robots.txt", "/ /a"),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/ /b /a/b /a/bc", "/a /ab /a/c"),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", ""),  # of equals, the one that allows
        ("User-agent: *\nDisallow: /*.php$", "/a.php5 /a.php?b", "/a.php /a/b.php"),
        ("User-agent: *\nDisallow: /a*b*c", "/a/b /acb", "/abc /a/b/c/d"),
        ("User-agent: *\nDisallow: /a*a$", "/a /ab", "/aa /aba"),  # the asterisk's parts do not overlap
        ("User-agent: *\nDisallow: /a*$", "/b", "/a /ab"),
        ("User-agent: *\nDisallow: /?id=", "/ /id=", "/?id=1"),
        ("User-agent: *\nDisallow: *?print", "/a", "/a?print=1"),
        ("User-agent: *\nDisallow: private", "/a/private", "/private"),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/caf", "/café /caf%c3%a9"),
        ("User-agent: *\nDisallow: /café/%7Eme", "/cafe", "/caf%C3%A9/~me"),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", "/a%2fb"),
        ("User-agent: *\nDisallow: /a%2A", "/ab", "/a*"),
        ("User-agent: *\nDisallow: /a$b", "/a", "/a$b"),
        ("User-agent: cleanwire\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/ /b", "/a"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: CleanWire/2.1\nAllow: /", "/ /b", ""),
        ("User-agent: Cleanwire\nDisallow: /a\n\nUser-agent: cleanwire\nDisallow: /b", "/", "/a /b"),
        ("User-agent: other\nUser-agent: cleanwire\nDisallow: /a\nUser-agent: x\nDisallow: /b", "/b", "/a"),
        ("User-agent: other\nSitemap: /s.xml\nUser-agent: cleanwire\nDisallow: /a", "/", "/a"),
        ("User-agent: other\nCrawl-delay: 5\nUser-agent: cleanwire\nDisallow: /a", "/", "/a"),
        ("User-agent: cleanwirebot\nDisallow: /", "/", ""),
        ("User-agent: *\nNoindex: /a\nDisallow: /b", "/a", "/b"),
        ("Disallow: /\nUser-agent: *\nDisallow: /b", "/a", "/b"),  # what stands before any group addresses nobody
        ("\ufeffuser-AGENT : * # all\n disallow :/a#b\r\nDISALLOW: /c\rDisallow: /d", "/b", "/a /c /d"),
        ("User agent: *\nDissallow: /a\nDisallow /b", "/", "/a /b"),
        ("<html><body>Not found: Disallow: /</body></html>", "/", ""),
        ("User-agent: *\n" + "Disallow: /a\n" * 60_000 + "Disallow: /b", "/b", "/a"),
        (
            "User-agent: *\n#" + "x" * (MAX_PARSED_BYTES - 20) + "\nDisallow: /b",
            "/ /b",
            "",
        ),  # the last line is cut: unread
    ],
)
def test_what_it_allows(text: str, allowed: str, forbidden: str) -> None:
    rules = parse_robots_txt(text, "Cleanwire")
    assert [path for path in allowed.split() if not rules.allows(f"https://example.org{path}")] == []
    assert [path for path in forbidden.split() if rules.allows(f"https://example.org{path}")] == []


def test_delay_and_sitemaps() -> None:
    text = "Sitemap: /a.xml\nUser-agent: *\nCrawl-delay: 2.5\nCrawl-delay: 9\nsitemap: b.xml"
    assert parse_robots_txt(text, "Cleanwire") == RobotsPolicy(crawl_delay=2.5, sitemaps=("/a.xml", "b.xml"))
    for delay in ("-1", "soon", ""):
        assert parse_robots_txt(f"User-agent: *\nCrawl-delay: {delay}", "Cleanwire").crawl_delay is None
    assert len(parse_robots_txt("Sitemap: /s\n" * 100, "Cleanwire").sitemaps) == 20


def repeated(line: str) -> str:
    """So many lines with a number in them as are parsed."""
    return "".join(line.format(number) for number in range(MAX_PARSED_BYTES // len(line)))


@pytest.mark.promise(28)
@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\n" + repeated("Disallow: /a/{}\n"),
        "User-agent: *\n" + repeated("Disallow: /*a*{}*b*c$\n"),
        "User-agent: *\n" + repeated("Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*b{}\n"),
        "User-agent: *\n" + repeated("Disallow: /%e2%80{}é$\n"),
        repeated("User-agent: bot{}\n")[: MAX_PARSED_BYTES // 2] + repeated("Disallow: /{}\n"),
        repeated("User-agent: bot{}\nDisallow: /\n"),
        "User-agent: *\nDisallow: /" + "*a" * MAX_PARSED_BYTES,
        "User-agent: *\nDisallow: /" + "%7e" * 100_000 + "\n",
        "\n" * MAX_PARSED_BYTES,
        ":" * MAX_PARSED_BYTES,
        " " * MAX_PARSED_BYTES,
    ],
    ids="prefixes asterisks many-asterisks escapes robots groups one-rule one-escaped empty colons spaces".split(),
)
def test_no_robots_txt_takes_long(text: str) -> None:
    """Of the processor's time; 10 MB of such files are no more, since no more is read."""
    began = time.process_time()
    rules = parse_robots_txt(text * 2, "Cleanwire")
    rules.allows("https://example.org/" + "a" * 2_000 + "b")
    assert time.process_time() - began < 3  # 0.2 s where nothing else runs; what grows with the square takes 12
