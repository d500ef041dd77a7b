"""The patterns of addresses, as the usual software makes them."""

import pytest

from crawler.urls.path_patterns import derive_url_pattern


@pytest.mark.parametrize(
    ("path", "pattern", "name"),
    [
        ("/", "/", "/"),
        ("/2024/10/12/rains-return-to-the-coast/", "/<year>/<month>/<day>/<slug>", "rains-return-to-the-coast"),
        ("/2024/oct/12/rains-return-to-coast", "/<year>/<month>/<day>/<slug>", "rains-return-to-coast"),
        ("/2024/10/rains/", "/<year>/<month>/<words>", "rains"),
        ("/news/rains-return-to-the-coast-48213", "/news/<slug>-<number>", "rains-return-to-the-coast-48213"),
        ("/tag/roads/", "/tag/<words>", "roads"),
        ("/tag/roads", "/tag/<words>", "roads"),
        ("/node/77", "/node/<number>", "77"),
        ("/article/77.html", "/article/<number>.html", "77.html"),
        ("/a/5f2b9c01d3", "/a/<id>", "5f2b9c01d3"),
        ("/story/2024-10-12/rains-return-again", "/story/<date>/<slug>", "rains-return-again"),
        ("/a-title-of-many-words/amp", "/<slug>/<words>", "a-title-of-many-words"),
        ("/a-title-of-many-words/page/2/", "/<slug>/page/<number>", "a-title-of-many-words"),
        ("/?p=77", "?p=<number>", "77"),
        ("/index.php?view=article&id=77", "/index.php?id=<number>&view=article", "77"),
        ("/news/%E7%BA%A2%E6%A0%91%E6%9E%97%E5%9B%9E%E5%88%B0%E6%B5%B7", "/news/<slug>", "红树林回到海"),
        ("/news/红树林回到海", "/news/<slug>", "红树林回到海"),
        ("/новости/дамбу-поднимут-на-метр", "/новости/<slug>", "дамбу-поднимут-на-метр"),
    ],
)
def test_patterns(path: str, pattern: str, name: str) -> None:
    address = derive_url_pattern("https://example.org" + path)
    assert (address.pattern, address.name) == (pattern, name)
