"""Description, lead image, section and site name, free of what templates leave in them."""

import pytest
from page_metadata import article, json_ld, metadata_of

from cleaning.article import Article

HEADLINE = "<h1>Village opens its mill again</h1>"


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("stated", "description"),
    [
        ("The village opens its mill.", "The village opens its mill."),
        ("&lt;p&gt;The village &lt;i&gt;opens&lt;/i&gt; its mill.&lt;/p&gt;", "The village opens its mill."),
        ("The village opens its mill, said the [&hellip;]", "The village opens its mill, said the …"),
        ("The village opens its mill. Read more...", "The village opens its mill."),
        ("Das Dorf öffnet seine Mühle. Weiterlesen →", "Das Dorf öffnet seine Mühle."),
        (r"The village\nopens its mill.", "The village opens its mill."),
        ("The vil&shy;lage opens its mill.", "The village opens its mill."),
        ("{{ article.teaser }}", None),
        ("%%excerpt%%", None),
        ("undefined", None),
        ("Valley Wire", None),
    ],
)
def test_description(stated: str, description: str | None) -> None:
    assert metadata_of(meta("og:site_name", "Valley Wire") + meta("og:description", stated)).description == description


def test_the_next_description_counts_where_the_first_is_a_placeholder() -> None:
    head = meta("og:description", "{{ teaser }}") + '<meta name="description" content="The village opens its mill.">'
    assert metadata_of(head).description == "The village opens its mill."


IMAGES = {
    "stated": (meta("og:image", "https://a.example/sites/default/files/mill.jpg"), "", "/sites/default/files/mill.jpg"),
    "a logo": (meta("og:image", "https://a.example/valley_logo.png"), "<img src=/mill.jpg>", "/mill.jpg"),
    "a default": (meta("og:image", "https://a.example/og-default.png"), "<img src=/mill.jpg>", "/mill.jpg"),
    "a placeholder, and JSON-LD": (
        meta("og:image", "https://a.example/placeholder.png") + json_ld(article(image="https://a.example/mill.jpg")),
        "",
        "/mill.jpg",
    ),
    "none": ("", "<figure><img src=/mill.jpg><figcaption>The mill</figcaption></figure>", "/mill.jpg"),
    "loaded late": ("", "<img src='data:image/gif;base64,R0' data-src=/mill.jpg>", "/mill.jpg"),
    "a portrait and an icon": (
        "",
        "<img class=avatar src=/a.jpg><img width=24 src=/i.png><img src=/mill.jpg>",
        "/mill.jpg",
    ),
    "a width that is no number": ("", "<img width=² src=/mill.jpg>", "/mill.jpg"),
    "a width of thousands of digits": ("", f"<img width={'9' * 5000} src=/mill.jpg>", "/mill.jpg"),
    "another article's": ("", "<div class=related><img src=/ferry.jpg></div>", None),
    "in the footer": ("", "<footer><img src=/ferry.jpg></footer>", None),
    "a logo alone": (meta("og:image", "https://a.example/logo.svg"), "", None),
}


@pytest.mark.parametrize(("head", "body", "path"), IMAGES.values(), ids=IMAGES)
def test_image(head: str, body: str, path: str | None) -> None:
    image = metadata_of(head, HEADLINE + body, "https://a.example/mill").image
    assert image == (f"https://a.example{path}" if path else None)


@pytest.mark.parametrize(
    ("stated", "section"),
    [
        ("Culture", "Culture"),
        ("Culture, Villages, News", "Culture"),
        ("- Culture", "Culture"),
        ("Culture &amp; Arts", "Culture & Arts"),
        ("Uncategorized", None),
        ("{section}", None),
        ("https://a.example/culture", None),
    ],
)
def test_section(stated: str, section: str | None) -> None:
    assert metadata_of(meta("article:section", stated)).section == section


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("Valley Wire", "Valley Wire"),
        ("{$plugin.tx_news.site_name}", None),
        ("https://www.a.example", None),
        ("Village opens its mill again - Valley Wire", None),
    ],
)
def test_site_name(stated: str, name: str | None) -> None:
    assert metadata_of(meta("og:site_name", stated), HEADLINE).site_name == name


def test_whoever_signs_an_article() -> None:
    assert Article(text="", blocks=(), authors=("Lena Foss",), organisations=("AFP",)).signed_by == ("Lena Foss",)
    assert Article(text="", blocks=(), organisations=("AFP",)).signed_by == ("AFP",)
    assert Article(text="", blocks=()).signed_by == ()
