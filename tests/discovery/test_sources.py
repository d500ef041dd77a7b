"""sources.toml, and what it says to those who mistype."""

from pathlib import Path

import pytest

from crawler.sources import EXAMPLE, ConfigError, SourceConfig, load_sources, parse_sources


def test_a_source_with_everything() -> None:
    text = """
    [[source]]
    url = "HTTPS://News.Example.org"
    name = "Example"
    delay = 2
    language = "so"
    include = ["/news/"]
    exclude = ["/sponsored/", 'video-\\d+']
    feeds = ["/feed/", "https://feeds.example.net/all"]
    sitemaps = ["sitemap.xml"]
    sections = ["/news/"]
    hosts = ["www.blog.example.org", "https://M.example.org/x"]
    max_pages = 100
    """
    assert parse_sources(text) == (
        SourceConfig(
            url="https://news.example.org/",
            name="Example",
            delay=2.0,
            language="so",
            include=("/news/",),
            exclude=("/sponsored/", r"video-\d+"),
            feeds=("https://news.example.org/feed/", "https://feeds.example.net/all"),
            sitemaps=("https://news.example.org/sitemap.xml",),
            sections=("https://news.example.org/news/",),
            hosts=("blog.example.org", "example.org"),
            max_pages=100,
        ),
    )


def test_order_of_keys_does_not_matter() -> None:
    source = parse_sources('[[source]]\nfeeds = ["/feed/"]\nurl = "https://a.example/"')[0]
    assert source.feeds == ("https://a.example/feed/",)


def test_the_example_is_valid() -> None:
    assert [source.url for source in parse_sources(EXAMPLE)] == [
        "https://news.example.org/",
        "https://www.example.com/en/",
    ]


ONE = '[[source]]\nurl = "https://a.example/"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE + "\n# slow\ndealy = 3", "s.toml, line 5: `dealy` is unknown; the nearest known key is `delay`."),
        (
            ONE + ONE.replace("a.", "b.") + "Delay = 3",
            "s.toml, line 5: `Delay` is unknown; the nearest known key is `delay`.",
        ),
        ('[[sources]]\nurl = "x"', "s.toml, line 1: `sources` is unknown; the nearest known key is `source`."),
        ('[source]\nurl = "x"', "s.toml, line 1: write [[source]] with two brackets, once for each source."),
        ('source = "x"', "s.toml, line 1: write [[source]] with two brackets, once for each source."),
        (ONE + '[[source]]\nname = "x"', "s.toml, line 3: a source needs a `url`."),
        ("[[source]]\nurl = 3", "s.toml, line 2: `url` must be a text in quotes."),
        ('[[source]]\nurl = ""', "s.toml, line 2: `url` must be a text in quotes."),
        (
            '[[source]]\nurl = "a.example/news"',
            's.toml, line 2: `url` is no web address: "a.example/news", perhaps "https://a.example/news" is meant.',
        ),
        ('[[source]]\nurl = "ftp://a.example/"', 's.toml, line 2: `url` is no web address: "ftp://a.example/".'),
        (
            ONE + ONE.replace("https", "http").replace("//a", "//www.a"),
            "s.toml, line 4: http://www.a.example/ is named twice.",
        ),
        (ONE + 'delay = "3"', "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "delay = -1", "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "delay = true", "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "delay = nan", "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "max_pages = 0", "s.toml, line 3: `max_pages` must be a whole number from 1 on."),
        (ONE + "max_pages = 1.5", "s.toml, line 3: `max_pages` must be a whole number from 1 on."),
        (
            ONE + 'language = "Somali"',
            's.toml, line 3: `language` must be a code of two or three letters, such as "so".',
        ),
        (ONE + 'feeds = "/feed/"', 's.toml, line 3: `feeds` must be a list, such as ["…"].'),
        (ONE + "feeds = [3]", "s.toml, line 3: `feeds` must be a text in quotes."),
        (ONE + 'hosts = ["a b"]', 's.toml, line 3: `hosts` has no host name in it: "a b".'),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_sources(text, "s.toml")
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = \n", 1),
        (ONE + 'url = "x"\nname = "y"', 3),
        (ONE + "[source", 3),
        ("\n\n[[source]]\nurl = 'x", 4),
        ("=", 1),
    ],
)
def test_malformed_toml_is_named_with_its_line(text: str, line: int) -> None:
    # The rest of the sentence is Python's own, and differs from version to version.
    with pytest.raises(ConfigError, match=rf"^s\.toml, line {line}: [A-Z].* at (column \d+|the end of the file)\.$"):
        parse_sources(text, "s.toml")


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(ConfigError, match=r'line 3: `exclude` is no valid regular expression: "\(" \('):
        parse_sources(ONE + 'exclude = ["("]', "s.toml")


def test_an_unknown_key_near_nothing() -> None:
    with pytest.raises(ConfigError, match=r"`xyz` is unknown; known keys are url, name, delay, .*max_pages\.$"):
        parse_sources(ONE + "xyz = 1")


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_no_sources(text: str) -> None:
    with pytest.raises(ConfigError, match=r"names no source.*for example:\n\n\[\[source\]\]"):
        parse_sources(text)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    with pytest.raises(ConfigError, match=r"There is no .*sources.toml. Write one, for example:\n\n\[\[source\]\]"):
        load_sources(path)
    path.write_bytes(b"\xef\xbb\xbf" + ONE.encode())
    assert load_sources(path)[0].url == "https://a.example/"
    path.write_bytes(b'[[source]]\nname = "caf\xe9"')
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_sources(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_sources(tmp_path)


def test_takes() -> None:
    source = SourceConfig(url="https://a.example/", include=("/news/",), exclude=("/sponsored/",))
    assert source.takes("https://a.example/news/one")
    assert not source.takes("https://a.example/sport/one")
    assert not source.takes("https://a.example/news/sponsored/one")
    assert SourceConfig(url="https://a.example/").takes("https://a.example/anything")
