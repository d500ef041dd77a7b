"""Where feeds and sitemaps usually are."""

import pytest

from crawler.urls.well_known import well_known_urls


def test_likeliest_first_and_few() -> None:
    assert well_known_urls("feeds", "https://a.example/some/page.html")[:2] == (
        "https://a.example/feed/",
        "https://a.example/rss.xml",
    )
    assert well_known_urls("sitemaps", "https://a.example/")[0] == "https://a.example/sitemap.xml"
    assert len(well_known_urls("feeds", "https://a.example/")) <= 10
    assert len(well_known_urls("sitemaps", "https://a.example/")) <= 10


@pytest.mark.parametrize(
    ("generator", "place"),
    [
        ("WordPress 6.5.2", "/feed/"),
        ("Ghost 5.82", "/rss/"),
        ("Hexo 6.3.0", "/atom.xml"),
        ("Nikola (getnikola.com)", "/rss.xml"),
        ("Hugo 0.125.4", "/index.xml"),
        ("Drupal 10 (https://www.drupal.org)", "/rss.xml"),
        ("blogger", "/feeds/posts/default"),
    ],
)
def test_the_places_of_the_software_come_first(generator: str, place: str) -> None:
    assert well_known_urls("feeds", "https://a.example/", generator)[0] == "https://a.example" + place


def test_each_place_once() -> None:
    places = well_known_urls("feeds", "https://a.example/", "WordPress")
    assert len(set(places)) == len(places)


def test_a_folder_is_asked_before_its_host() -> None:
    places = well_known_urls("sitemaps", "https://a.example/project/")
    assert places.index("https://a.example/project/sitemap.xml") < places.index("https://a.example/sitemap.xml")


def test_no_address() -> None:
    with pytest.raises(ValueError, match="not an http"):
        well_known_urls("feeds", "nonsense")
