"""Names, agencies, desks and menu words in the places where authors stand."""

from typing import Any

import pytest
from page_metadata import article, json_ld, metadata_of

from cleaning import clean

HEADLINE = "<h1>Village opens its mill again</h1>"
PROSE = (
    "<p>The mill stood empty for thirty years before the village bought it, the mayor said, and the roof was gone.</p>"
    * 4
)


@pytest.mark.parametrize(
    "name",
    ["Said Abdi", "Sunday Okafor", "Friday Otieno", "Trần Văn An", "Theresa May", "May Lin", "Will Hale", "Ji-woo No"],
)
def test_words_that_are_names_where_a_name_stands(name: str) -> None:
    for head, body in (
        (json_ld(article(author={"@type": "Person", "name": name})), ""),
        ("", f'<span class="byline">By {name}</span>'),
        ("", f"<p>By {name}</p>"),
    ):
        found = metadata_of(head, HEADLINE + body + PROSE)
        assert (found.authors, found.organisations) == ((name,), ())


@pytest.mark.parametrize(
    "text",
    [
        "Terms of Use", "Google Scholar", "Learn More", "Member Login", "WATCH LIVE", "Show all articles of",
        "Uncategorized", "page.head.extra.author", "Super User", "Privacy Policy", "Sign In", "Newsletter",
        "Zur Artikelübersicht", "Anmelden", "Follow Us", "window.tracker.push", "Sunday", "Lundi",
    ],
)  # fmt: skip
def test_words_of_menus_are_no_authors(text: str) -> None:
    found = metadata_of(body=f'{HEADLINE}<div class="author">{text}</div>{PROSE}')
    assert (found.authors, found.organisations) == ((), ())


def test_program_code_is_no_author() -> None:
    body = f'{HEADLINE}<ul class="authorList"><script>window.q.push(function() {{ Draw("a"); }});</script></ul>{PROSE}'
    assert metadata_of(body=body).authors == ()


@pytest.mark.parametrize(
    "name",
    ["AFP", "dpa", "PR Newswire", "Xinhua", "Anadolu Ajansı", "News Desk", "Redaktion", "Staff Writer", "Our Editors"],
)
def test_agencies_and_desks_are_organisations(name: str) -> None:
    for head, body in (
        (json_ld(article(author={"@type": "Person", "name": name})), ""),
        (f'<meta name="author" content="{name}">', ""),
        ("", f'<span class="byline">By {name}</span>'),
        ("", f'<div class="byline"><p>von</p><div>{name}</div></div>'),
    ):
        found = metadata_of(head, HEADLINE + body + PROSE)
        assert (found.authors, found.organisations) == ((), (name,))


def test_an_agency_precedes_the_site_that_the_template_states() -> None:
    head = '<meta property="og:site_name" content="Valley Wire">' + json_ld(
        article(author={"@type": "Organization", "name": "Valley Wire"})
    )
    assert metadata_of(head, f'{HEADLINE}<span class="byline">By AFP</span>{PROSE}').organisations == ("AFP",)


def test_a_stated_desk_does_not_hide_the_byline() -> None:
    head = '<meta property="article:author" content="Valley News Desk">'
    assert metadata_of(head, f"{HEADLINE}<p>By Lena Foss</p>{PROSE}").authors == ("Lena Foss",)


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Posté par: Lena Foss Il y a 2 ans", ("Lena Foss",)),
        ("Publié par Lena Foss le 10/10/2024 à 10h21", ("Lena Foss",)),
        ("كتب: علي موسى الخميس 10 أكتوبر 2024", ("علي موسى",)),
        ("By Lena Foss | Senior Writer", ("Lena Foss",)),
        ("By Lena Foss on behalf of the Mill Trust", ("Lena Foss",)),
        ("By Lena Foss, PhD, and Ali Musa MD", ("Lena Foss", "Ali Musa")),
        ("By Lena Foss, Head of Marketing and Community Development", ("Lena Foss",)),
        ("Lena Foss und Ali Musa", ("Lena Foss", "Ali Musa")),
        ("Lena Foss og Ali Musa", ("Lena Foss", "Ali Musa")),
        ("Lena Foss och Ali Musa", ("Lena Foss", "Ali Musa")),
        ("Lena Foss és Ali Musa", ("Lena Foss", "Ali Musa")),
        ("Contributors: Lena Foss, Ali Musa", ("Lena Foss", "Ali Musa")),
        ("Mills / Water / History", ()),
    ],
)
def test_a_byline_without_what_stands_beside_it(byline: str, names: tuple[str, ...]) -> None:
    assert metadata_of(body=f'{HEADLINE}<div class="byline">{byline}</div>{PROSE}').authors == names


def test_given_name_and_surname_in_json_ld() -> None:
    author = {"@type": "Person", "givenName": "Lena", "familyName": "Foss"}
    assert metadata_of(json_ld(article(author=author))).authors == ("Lena Foss",)


def test_the_photographer_in_a_figure_is_not_the_author() -> None:
    figure = '<figure><img src="f.jpg"><figcaption itemprop="author">Ole Rask/Northpix</figcaption></figure>'
    head = json_ld(article(author=[{"@type": "Person", "name": "Lena Foss og Ali Musa"}]))
    assert metadata_of(head, HEADLINE + figure + PROSE).authors == ("Lena Foss", "Ali Musa")
    assert metadata_of("", HEADLINE + figure + PROSE).authors == ()


@pytest.mark.parametrize(
    "body",
    [
        "<p>Lena Foss</p><div><time datetime=2024-10-10>10 Oct</time></div>{h}{p}",
        "<small>10.10.2024 | 13:10 Uhr | Lena Foss</small>{h}{p}",
        "{h}<p class=date-author>Lena Foss, 10.10.2024</p>{p}",
        "{h}<p>Lena Foss</p><div>10 October 2024</div>{p}",
        "{h}<div><h3>Published</h3><p>10 October 2024</p></div><div><h3>Author</h3><p>Lena Foss</p></div>{p}",
        "{h}<ul><li><span data-hook=user-name>Lena Foss</span></li></ul>{p}",
        "{h}<div>{p}<p style='text-align:right'><strong>Lena Foss</strong></p></div>",
        "{h}<div>{p}<div>This post was written by Lena Foss, who mills.</div></div>",
    ],
)
def test_a_name_without_a_label(body: str) -> None:
    assert metadata_of(body=f"<article>{body.format(h=HEADLINE, p=PROSE)}</article>").authors == ("Lena Foss",)


@pytest.mark.parametrize(
    "body",
    [
        "{h}<p>Old Mills</p><div>10 October 2024</div>{p}<p>Many old mills are gone.</p>",
        "{h}<div>{p}<p><a href=/t>Lena Foss</a></p></div>",
        "{h}<div>{p}<h3>Lena Foss</h3></div>",
        "{h}<p>Zu den Rezepten</p><div>10.10.2024</div>{p}",
    ],
)
def test_a_section_or_a_tag_is_no_name(body: str) -> None:
    assert metadata_of(body=f"<article>{body.format(h=HEADLINE, p=PROSE)}</article>").authors == ()


def test_whoever_edited_is_not_an_author() -> None:
    author, editor = (
        '<i class="author">Lena Foss</i>',
        '<p>Edited<!-- --> by <a rel="author" href="/a">Ali Musa</a></p>',
    )
    assert metadata_of(body=HEADLINE + author + editor + PROSE).authors == ("Lena Foss",)


@pytest.mark.parametrize(
    ("stated", "shown", "names"),
    [
        ("lfoss", '<a rel="author" href="/l">Lena Foss</a>', ("Lena Foss",)),
        ("Lena", '<a rel="author" href="/l">Lena Foss</a>', ("Lena Foss",)),
        ("mx-4711", "", ()),
        ("millfriend", "", ("millfriend",)),
    ],
)
def test_accounts_and_single_words(stated: Any, shown: str, names: tuple[str, ...]) -> None:
    head = json_ld(article(author={"@type": "Person", "name": stated}))
    assert metadata_of(head, HEADLINE + shown + PROSE).authors == names


def test_a_signature_precedes_the_site_called_like_a_person() -> None:
    head = '<meta name="author" content="Tin Vịnh"><meta property="og:site_name" content="Tin Vịnh">'
    body = f"<article>{HEADLINE}<div>{PROSE}<p><strong>Lê Phương</strong></p></div></article>"
    assert metadata_of(head, body).authors == ("Lê Phương",)


def test_a_removed_byline_is_read_like_the_others() -> None:
    page = f"<html><body><article>{HEADLINE}{PROSE}<p>Written by: Super User</p></article></body></html>"
    assert clean(page).authors == ()


@pytest.mark.parametrize(
    "byline",
    [
        "Skrevet av Lena Foss", "Skrevet af Lena Foss", "Napsal Lena Foss", "Írta: Lena Foss", "Szerző: Lena Foss",
        "Scris de Lena Foss", "Qore: Lena Foss", "Qoraa: Lena Foss", "Tác giả: Lena Foss", "Bài: Lena Foss",
        "Kirjoittaja: Lena Foss", "Teksti: Lena Foss", "Tekst i zdjęcia: Lena Foss", "Opracowanie: Lena Foss",
        "Piše: Lena Foss", "Shkruan: Lena Foss", "Nga Lena Foss", "Parašė Lena Foss", "Autors: Lena Foss",
        "Text: Lena Foss Foto: Ole Rask", "Door onze redacteur Lena Foss", "By Lena Foss lena@valley.example",
    ],
)  # fmt: skip
def test_openings_of_bylines_in_many_languages(byline: str) -> None:
    for body in (f"<p>{byline}</p>", f'<div class="byline">{byline}</div>'):
        assert metadata_of(body=HEADLINE + body + PROSE).authors == ("Lena Foss",)


@pytest.mark.parametrize(
    ("byline", "name"),
    [
        ("كتب - علي موسى", "علي موسى"),
        ("إعداد: علي موسى", "علي موسى"),
        ("به قلم علی موسوی", "علی موسوی"),
        ("记者 林晓禾", "林晓禾"),
        ("作者：林晓禾 编辑：王伟", "林晓禾"),
        ("윤하늘 기자", "윤하늘"),
        ("Пише: Вера Лугова", "Вера Лугова"),
        ("Του Νίκου Λάμπρου", "Νίκου Λάμπρου"),
    ],
)
def test_openings_in_other_scripts(byline: str, name: str) -> None:
    assert metadata_of(body=f'{HEADLINE}<div class="byline">{byline}</div>{PROSE}').authors == (name,)


def test_forms_of_names_in_data() -> None:
    name = "Maria del Carmen Lopez de la Cruz"
    assert metadata_of(json_ld(article(author={"@type": "Person", "name": name}))).authors == (name,)
    assert metadata_of(json_ld(article(author="ali@valley.example"))).authors == ()
    assert metadata_of('<meta name="author" content="Our Correspondent">').organisations == ("Our Correspondent",)
    body = '<span itemprop="author" itemscope><meta itemprop="name" content="Lena Foss"></span>'
    assert metadata_of(body=HEADLINE + body + PROSE).authors == ("Lena Foss",)
