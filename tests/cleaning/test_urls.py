"""One spelling for one address."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaning.urls import MAX_URL_CHARACTERS, canonicalise, get_site, load_parameter_rules, make_url_key

RULES: list[dict[str, Any]] = tomllib.loads((files("cleaning") / "rules" / "url_parameters.toml").read_text("utf-8"))[
    "rule"
]


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        # scheme, host, port, credentials
        ("HTTP://EXAMPLE.com", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("http://example.com:/a", "http://example.com/a"),
        ("http://example.com:08080/a", "http://example.com:8080/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("https://www.example.com/a", "https://www.example.com/a"),
        ("https://under_score.example.com/a", "https://under_score.example.com/a"),
        ("http://[2001:DB8:0::1]:80/a", "http://[2001:db8::1]/a"),
        ("https://ex%61mple.com/a", "https://example.com/a"),
        # IDNA, where browsers tell ß from ss
        ("https://BÜCHER.example/a", "https://xn--bcher-kva.example/a"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://例え。テスト/a", "https://xn--r8jz45g.xn--zckzah/a"),
        ("https://ＥＸＡＭＰＬＥ.com/", "https://example.com/"),
        # path
        ("https://example.com/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/a/%2E%2e/b", "https://example.com/b"),
        ("https://example.com/../../a", "https://example.com/a"),
        ("https://example.com/a/..", "https://example.com/"),
        ("https://example.com/a//b", "https://example.com/a//b"),
        ("https://example.com/%7Euser/%c3%bc", "https://example.com/~user/%C3%BC"),
        ("https://example.com/ü ö", "https://example.com/%C3%BC%20%C3%B6"),
        ("https://example.com/a%2Fb", "https://example.com/a%2Fb"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/%zz", "https://example.com/%25zz"),
        ("https://example.com/caf%E9", "https://example.com/caf%E9"),
        ("https://example.com\\a\\b", "https://example.com/a/b"),
        ("https://example.com/a;v=1", "https://example.com/a;v=1"),
        ("https://example.com/a;jsessionid=1F2E?b=1", "https://example.com/a?b=1"),
        ("https://example.com/(S(lit3py55t21z5v55vlm25s55))/a", "https://example.com/a"),
        # query
        ("https://example.com/a?", "https://example.com/a"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?b=2&a=1"),
        ("https://example.com/a?&&b=2&", "https://example.com/a?b=2"),
        ("https://example.com/a?b=2&amp;c=3", "https://example.com/a?b=2&c=3"),
        ("https://example.com/a?q=ü+x y", "https://example.com/a?q=%C3%BC+x%20y"),
        ("https://example.com/a?utm_source=x&id=7&fbclid=y", "https://example.com/a?id=7"),
        ("https://example.com/a?%75tm_source=x", "https://example.com/a"),
        ("https://example.com?id=7", "https://example.com/?id=7"),
        # fragment
        ("https://example.com/a#top", "https://example.com/a"),
        ("https://example.com/#!/story/7", "https://example.com/#!/story/7"),
        ("https://example.com/a#!", "https://example.com/a"),
        ("https://example.com/a#?b=c", "https://example.com/a"),
        # white space
        ("  https://example.com/a\n", "https://example.com/a"),
        ("https://exam\tple.com/a\r\nb", "https://example.com/ab"),
    ],
)
def test_canonicalise(url: str, canonical: str) -> None:
    assert canonicalise(url) == canonical


@pytest.mark.parametrize(
    ("url", "base", "canonical"),
    [
        ("b.html", "https://example.com/a/", "https://example.com/a/b.html"),
        ("b.html", "https://example.com/a", "https://example.com/b.html"),
        ("/b", "https://example.com/a/", "https://example.com/b"),
        ("//other.example/b", "https://example.com/a/", "https://other.example/b"),
        ("?page=2", "https://example.com/a", "https://example.com/a?page=2"),
        ("../b", "https://example.com/a/c/", "https://example.com/a/b"),
        ("https://other.example", "https://example.com/", "https://other.example/"),
        (" b c ", "https://example.com/", "https://example.com/b%20c"),
    ],
)
def test_relative_addresses(url: str, base: str, canonical: str) -> None:
    assert canonicalise(url, base) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/a",
        "/a",
        "ftp://example.com/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "http:///a",
        "http://[::1",
        "http://[::1%25eth0]/",
        "http://exa mple.com/",
        "http://example..com/",
        "http://.com/",
        "http://ex<ample.com/",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://example.com:8o/",
        "http://" + "a" * 300 + ".com/",
        "http://example.com/\ud800",
        "http://%ff.com/",
        "http://example.com/" + "a" * MAX_URL_CHARACTERS,
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        canonicalise(url)


def with_rule(rule_id: str, url: str) -> bool:
    """Whether a rule takes a parameter of an address."""
    rule = next(rule for rule in load_parameter_rules() if rule.id == rule_id)
    pairs = (piece.partition("=") for piece in url.partition("?")[2].split("&"))
    return any(rule.is_match(name.lower(), value) for name, _, value in pairs)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_parameter_rules_by_their_own_examples(rule: dict[str, Any]) -> None:
    assert rule["drops"]
    assert rule["keeps"]
    for url in rule["drops"]:
        assert with_rule(rule["id"], url), url
        assert make_url_key(url).count("&") < url.count("&") or "?" not in make_url_key(url), url
    for url in rule["keeps"]:
        assert not with_rule(rule["id"], url), url
        assert canonicalise(url) == url, url


ONE_ARTICLE = [
    "https://example.com/2024/title",
    "http://example.com/2024/title",
    "https://www.example.com/2024/title/",
    "https://m.example.com/2024/title",
    "https://amp.example.com/2024/title",
    "https://example.com/2024/title/amp/",
    "https://example.com/2024/title/amp",
    "https://example.com/amp/2024/title",
    "https://example.com/2024/title?amp=1",
    "https://example.com/2024/title?amp",
    "https://example.com/2024/title?outputType=amp",
    "https://example.com/2024/title?m=1",
    "https://example.com/2024/title/?utm_source=x#comment-4",
    "https://example.com/2024/title/?replytocom=4",
    "https://example.com/2024/title/?share=twitter&nb=1",
    "https://example.com//2024//title",
    "https://example.com/2024/title/index.html",
    "https://example.com:443/2024/title",
]


@pytest.mark.parametrize("url", ONE_ARTICLE)
def test_one_article_has_one_key(url: str) -> None:
    assert make_url_key(url) == "example.com/2024/title"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a?id=7", "https://example.com/a?id=8"),
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/a", "https://example.com/a/b"),
        ("https://example.com/a", "https://news.example.com/a"),
        ("https://example.com/a", "https://example.com:8080/a"),
        ("https://example.com/a?page=2", "https://example.com/a"),
        ("https://example.com/?p=1", "https://example.com/?p=2"),
        ("https://example.com/#!/a", "https://example.com/#!/b"),
        ("https://example.com/print/", "https://example.com/"),
        ("https://www.com/a", "https://com/a"),
    ],
)
def test_two_articles_have_two_keys(one: str, other: str) -> None:
    assert make_url_key(one) != make_url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a?b=1&c=2", "https://example.com/a?c=2&b=1"),
        ("https://example.com/a-title/print", "https://example.com/a-title/"),
        ("https://example.com/title.amp.html", "https://example.com/title.html"),
        ("https://example.com/%D8%A7%D9%84", "https://example.com/ال"),
        ("https://example.com/%d8%a7%d9%84/", "http://www.example.com/ال"),
    ],
)
def test_two_spellings_have_one_key(one: str, other: str) -> None:
    assert make_url_key(one) == make_url_key(other)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.example.com/a", "example.com"),
        ("http://m.example.com:8080/a", "example.com:8080"),
        ("https://news.example.com/", "news.example.com"),
        ("https://m.de/", "m.de"),
        ("http://127.0.0.1:8000/a", "127.0.0.1:8000"),
        ("http://[::1]:8000/a", "[::1]:8000"),
    ],
)
def test_site_of(url: str, site: str) -> None:
    assert get_site(url) == site


# Pieces that meet every step, in any order: most random text is no address at all.
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "https://",
                "http://www.",
                "example.com",
                "münchen.de",
                ":80",
                "/",
                "//",
                "/..",
                "/.",
                "%",
                "%41",
                "%2e",
                "%C3",
                "é",
                "?",
                "&",
                "amp;",
                "=",
                "utm_source=",
                "id=7",
                "#",
                "#!",
                ";jsessionid=1",
                "(S(aaaaaaaa))",
                "/amp",
                "index.html",
                "@",
                "[::1]",
                "\\",
                "\t",
                " ",
                "�",
                "。",
                "ß",
                "İ",
                "ﬀ",
                "\u200d",
                "xn--",
                "/print",
                "-",
            ]
        ),
        st.text(max_size=5),
    ),
    max_size=12,
).map("".join)


@given(st.one_of(PIECES, PIECES.map("https://example.com/".__add__), st.text(max_size=60)))
def test_canonical_addresses_stay_as_they_are(url: str) -> None:
    try:
        canonical = canonicalise(url)
    except ValueError:
        return
    assert canonicalise(canonical) == canonical
    assert canonical.isascii()
    assert make_url_key(url) == make_url_key(canonical) == make_url_key("https://" + make_url_key(url))
    assert make_url_key(url).startswith(get_site(url))


@given(PIECES, PIECES)
def test_relative_addresses_raise_nothing_but_value_errors(url: str, base: str) -> None:
    try:
        canonicalise(url, base)
    except ValueError:
        return


@pytest.mark.parametrize(
    "unit",
    ["a/../", "amp;", "%25", "&a=b", ";sid=1", "/(S(aaaaaaaa))", "a.a/", "&mod=rss", "-a", "%", "é", "/amp", "//"],
)
def test_the_longest_addresses_take_no_time(unit: str) -> None:
    # A step that is quadratic takes seconds here, and an exponential one does not come back.
    for before in ("https://example.com/", "https://example.com/?"):
        make_url_key(before + (unit * MAX_URL_CHARACTERS)[: MAX_URL_CHARACTERS // 4])
