"""Which addresses a source takes, and which listing pages it follows."""

from crawler.config.models import SourceConfig


def test_takes() -> None:
    source = SourceConfig(url="https://a.example/", include=("/news/",), exclude=("/sponsored/",))
    assert source.accepts_url("https://a.example/news/one")
    assert not source.accepts_url("https://a.example/sport/one")
    assert not source.accepts_url("https://a.example/news/sponsored/one")
    assert SourceConfig(url="https://a.example/").accepts_url("https://a.example/anything")


def test_follows() -> None:
    source = SourceConfig(url="https://a.example/", follow=("/archive/",))
    assert source.follows_url("https://a.example/archive/2")
    assert not source.follows_url("https://a.example/tag/x")
    assert SourceConfig(url="https://a.example/").follows_url("https://a.example/tag/x")
