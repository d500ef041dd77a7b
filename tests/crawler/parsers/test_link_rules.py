"""What a link leads to, by its address and its place on the page."""

import pytest

from crawler.parsers.links import PageLinks, read_links


def read(html: str, url: str = "https://site.example/") -> PageLinks:
    return read_links(html.encode(), url)


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ('<h2><a href="/welcome/">Welcome</a></h2>', "article"),
        ('<a href="/welcome/"><h3>Welcome</h3></a>', "article"),
        ('<article><a href="/welcome/">Read more</a></article>', "article"),
        ('<li><a href="/story17.html">Rains return in the eastern plains</a></li>', "article"),
        ('<li><a href="/x7">東部の平原に雨が戻る、農民らが語る</a></li>', "article"),
        ('<nav><a href="/roads-in-the-north-closed-again/">Roads in the north closed again</a></nav>', "article"),
        ('<nav><a href="/waxbarashada/">Waxbarashada</a></nav>', "section"),
        ('<div class="main-menu"><a href="/a/waxbarashada/">Waxbarashada</a></div>', "section"),
        ('<div role="navigation"><a href="/horn-of-africa/">Horn of Africa</a></div>', "section"),
        ('<h2><a href="/politics/">Politics</a></h2>', "section"),
        ('<p><a href="/waxbarasho-iyo-dhaqan" rel="category tag">Waxbarasho</a></p>', "section"),
        ('<p><a href="/a-name" rel="author">A Name</a></p>', "section"),
        ('<p><a href="/roads" rel="tag">roads</a></p>', "section"),
        ('<h2><a href="/roads">Roads</a></h2><a href="/roads" rel="tag">Read more</a>', "article"),
        ('<ul class="post-tags"><li><a href="/roads">roads</a></li></ul>', "section"),
        ('<p>see <a href="/some-slug">this other page</a></p>', "unknown"),
        ('<p><a href="/seite7.cgi">Vereine</a></p>', "section"),
    ],
)
def test_what_a_link_is_shows_in_its_place(link: str, kind: str) -> None:
    assert [found.kind for found in read(f"<body>{link}</body>").links] == [kind]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/privacy-policy/">Privacy</a>',
        '<a href="/wp-login.php">Log in</a>',
        '<a href="/photo.jpg"><img src="/photo-small.jpg"></a>',
        '<a href="https://other.example/some-long-title-of-theirs">Elsewhere</a>',
        '<a href="https://shop.site.example/some-long-title-of-a-shirt">Shop</a>',
        '<a href="/">Home</a>',
        '<a href="#top">Up</a>',
        '<a href="javascript:void(0)">Menu</a>',
        '<a href="mailto:desk@site.example">Mail</a>',
        '<a href="http://[">Broken</a>',
        '<a href="">Empty</a>',
        "<a>No address</a>",
        '<footer><a href="/partners-etc">Imprint</a></footer>',
    ],
)
def test_links_that_lead_nowhere(link: str) -> None:
    assert read(f"<body>{link}</body>").links == ()


def test_the_folder_of_many_is_a_section() -> None:
    stories = "".join(f'<p><a href="/siyaasadda-guud/war-{n}-oo-cusub-maanta">x</a></p>' for n in range(4))
    page = read(f'<body><h2><a href="/siyaasadda-guud">Siyaasadda guud ee dalka</a></h2>{stories}</body>')
    assert (page.links[0].kind, page.links[0].rule) == ("section", "folder")
