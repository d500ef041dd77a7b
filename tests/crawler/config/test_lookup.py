"""Which sources a text on the command line means."""

from datetime import UTC, datetime

import pytest

from crawler.config.lookup import (
    KnownSource,
    UnknownSourceError,
    find_sources,
    join_sources,
    parse_typed_url,
    resolve_sources,
)
from crawler.config.models import SourceConfig
from storage import Source

CONFIGS = (
    SourceConfig(url="https://www.example.com/en/", name="Example Times", group="Asia"),
    SourceConfig(url="https://example.com/so/", name="Waqtiga", group="Africa"),
    SourceConfig(url="https://bbc.co.uk/", group="Europe"),
    SourceConfig(url="http://127.0.0.1:8080/"),
)
STORED = (
    Source(1, "bbc.co.uk", "BBC News", "https://www.bbc.co.uk/", datetime(2026, 1, 1, tzinfo=UTC), group_name="Old"),
    Source(2, "bbc.com", "BBC World", "http://bbc.com/", datetime(2026, 1, 1, tzinfo=UTC), group_name="Europe"),
    Source(3, "bbcnews.example", None, "https://bbcnews.example/", datetime(2026, 1, 1, tzinfo=UTC)),
)
KNOWN = join_sources(CONFIGS, STORED)


def test_the_file_and_the_corpus_are_joined() -> None:
    assert [source.label for source in KNOWN] == [
        *("Example Times", "Waqtiga", "BBC News", "127.0.0.1:8080", "BBC World", "bbcnews.example"),
    ]
    bbc = KNOWN[2]
    assert (bbc.config, bbc.stored, bbc.group, bbc.url) == (CONFIGS[2], STORED[0], "Europe", "https://bbc.co.uk/")


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("EXAMPLE  times", ["Example Times"]),
        (" bbc news ", ["BBC News"]),
        ("example.com", ["Example Times", "Waqtiga"]),
        ("www.Example.com", ["Example Times", "Waqtiga"]),
        ("example.com/so", ["Waqtiga"]),
        ("http://www.example.com/so/", ["Waqtiga"]),
        ("https://example.com/", []),
        ("bbc", ["BBC News", "BBC World"]),
        ("bbc.co.uk", ["BBC News"]),
        ("https://bbc.com", ["BBC World"]),
        ("feed://bbc.com", ["BBC World"]),
        ("127.0.0.1:8080", ["127.0.0.1:8080"]),
        ("127.0.0.1", ["127.0.0.1:8080"]),
        ("http://127.0.0.1:8080", ["127.0.0.1:8080"]),
        ("127.0.0.1:9090", []),
        ("group:europe", ["BBC News", "BBC World"]),
        ("group:old", []),
        ("times", []),
        ("", []),
        ("\x1b[31m", []),
        ("https://[", []),
    ],
)
def test_what_a_text_means(typed: str, labels: list[str]) -> None:
    assert [source.label for source in find_sources(KNOWN, typed)] == labels


def test_a_page_means_its_site_where_the_corpus_is_read() -> None:
    page = "https://bbc.com/news/flood-17"
    assert not find_sources(KNOWN, page)
    assert [source.label for source in resolve_sources(KNOWN, page)] == ["BBC World"]


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("bbc.con", "; did you mean bbc.com?"),
        ("https://www.bcc.co.uk/news", "; did you mean bbc.co.uk?"),
        ("Exmaple Times", "; did you mean Example Times?"),
        ("group:asai", "; did you mean group:Asia?"),
        ("elephant", ""),
    ],
)
def test_a_name_that_no_source_has(typed: str, hint: str) -> None:
    with pytest.raises(UnknownSourceError) as raised:
        resolve_sources(KNOWN, typed)
    assert str(raised.value) == f"no such source: {typed}{hint}"


@pytest.mark.parametrize("typed", ["hello", "", "ftp://news.example/", "mailto:a@news.example", "https://"])
def test_what_is_no_url(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_typed_url(typed)


def test_a_host_in_its_own_script_is_the_same_host() -> None:
    source = KnownSource(key="xn--bcher-kva.example", url="https://xn--bcher-kva.example/")
    assert find_sources([source], "b\u00fccher.example") == [source]
