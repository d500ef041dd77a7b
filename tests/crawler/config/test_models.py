"""Which addresses a source takes, and which listing pages it follows."""

from crawler.config.models import SourceConfig


def test_takes() -> None:
    source = SourceConfig(url="https://a.example/", include=("/news/",), exclude=("/sponsored/",))
    assert source.takes("https://a.example/news/one")
    assert not source.takes("https://a.example/sport/one")
    assert not source.takes("https://a.example/news/sponsored/one")
    assert SourceConfig(url="https://a.example/").takes("https://a.example/anything")


def test_follows() -> None:
    source = SourceConfig(url="https://a.example/", follow=("/archive/",))
    assert source.follows("https://a.example/archive/2")
    assert not source.follows("https://a.example/tag/x")
    assert SourceConfig(url="https://a.example/").follows("https://a.example/tag/x")
