"""Dates that a sentence near the headline mentions are not the publication; dates that stand by themselves are."""

import pytest
from page_metadata import article, json_ld, metadata_of

PROSE = (
    "<p>The mill stood empty for thirty years before the village bought it, the mayor said, and the roof was gone.</p>"
    * 4
)
HEADLINE = "<h1>Village opens its mill again</h1>"
STATED = json_ld(article(headline="Village opens its mill again", datePublished="2024-10-10T09:00:00+02:00"))

MENTIONS = [
    "The mill was built on 3 May 1998.",
    "Built on 3 May 1998, the mill had no roof",
    "Who came on 9 November 1991?",
    "Since 3 May 1998 nobody has lived here",
    "Die Mühle brannte am 3. Mai 1998 ab.",
    "Am 3. Mai 1998 brannte die Mühle.",
    "Le moulin a brûlé le 3 mai 1998.",
    "El molino ardió el 3 de mayo de 1998.",
    "Il mulino bruciò il 3 maggio 1998.",
    "O moinho ardeu em 3 de maio de 1998.",
    "De molen brandde op 3 mei 1998 af.",
    "Мельница сгорела 3 мая 1998 года.",
    "Młyn spłonął 3 maja 1998 r. w nocy.",
    "Değirmen 3 Mayıs 1998'de yandı.",
    "Warshadda waxaa la dhisay 3 Maajo 1998.",
    "Kinu kilijengwa tarehe 3 Mei 1998.",
    "احترقت الطاحونة القديمة التي تقع في القرية في 3 مايو 1998",
    "चक्की 3 मई 1998 को बनी थी।",
    "磨坊于1998年5月3日烧毁。",
    "水車小屋は1998年5月3日に焼けた。",
    "Cối xay cháy vào ngày 3/5/1998.",
    "A book on mills published 3 May 1998",
    "Born 3 May 1998",
    "Founded: 3 May 1998",
    "Photo taken 3 May 1998",
    "Event: 3 May 2020",
]
PLACES = [
    "<p class=standfirst>{}</p>",
    "<h2>{}</h2>",
    "<div>{}</div>",
    "<figcaption>{}</figcaption>",
    "<ul><li>{}</ul>",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", MENTIONS)
def test_a_sentence_never_beats_a_stated_time(text: str, place: str) -> None:
    for body in (HEADLINE + place.format(text) + PROSE, place.format(text) + HEADLINE + PROSE):
        published = metadata_of(STATED, body).published
        assert published is not None
        assert published.time.isoformat() == "2024-10-10T09:00:00+02:00"


@pytest.mark.parametrize("text", MENTIONS)
def test_a_sentence_dates_no_page(text: str) -> None:
    assert metadata_of(body=f"{HEADLINE}<p>{text}</p>{PROSE}", url=None).published is None


@pytest.mark.parametrize(
    "text",
    [
        "10 October 2024",
        "By Ali Musa on 10 October 2024",
        "Ali Musa | Politics | 10 October 2024 | 3 min read",
        "Nairobi, 10 October 2024",
        "First published on 10 October 2024 at 9:00.",
        "This story was first published on 10 October 2024 by the newsroom of the valley.",
        "Von Lena Foss am 10. Oktober 2024 um 09:00 Uhr",
        "Artikel vom 10. Oktober 2024",
        "Publié par Lena Foss le 10 octobre 2024 à 9h00",
        "Posted in Culture on 10 October 2024",
        "10. oktobar 2024.",
        "كتب: علي موسى الخميس 10 أكتوبر 2024",
        "2024年10月10日 09:00 来源：山谷日报",
        "Опубликовано 10 октября 2024 г.",
        "วันพฤหัสบดีที่ 10 ตุลาคม พ.ศ. 2567 เวลา 17.17 น.",
    ],
)
def test_a_stamp_dates_the_page(text: str) -> None:
    published = metadata_of(body=f"{HEADLINE}<p>{text}</p>{PROSE}", url=None).published
    assert published is not None
    assert published.time.date().isoformat() == "2024-10-10"


def test_the_exact_time_precedes_the_day_shown_beside_it() -> None:
    """A printed edition is dated ahead."""
    published = metadata_of(STATED, f"{HEADLINE}<p>11 October 2024</p>{PROSE}").published
    assert published is not None
    assert published.time.isoformat() == "2024-10-10T09:00:00+02:00"


def test_a_time_in_utc_gets_the_zone_in_which_the_page_shows_it() -> None:
    data = json_ld(article(headline="Village opens its mill again", datePublished="2024-10-09T22:30:45Z"))
    published = metadata_of(data, f"{HEADLINE}<p>10 October 2024, 00:30</p>{PROSE}").published
    assert published is not None
    assert published.time.isoformat() == "2024-10-10T00:30:45+02:00"


@pytest.mark.parametrize(
    "element",
    [
        "<time datetime=1728550800000>5 hours ago</time>",
        "<time datetime=1728550800>5 hours ago</time>",
        "<span class=ago data-timestamp=1728550800>5 hours ago</span>",
        "<span class=ago title='10 October 2024, 09:00'>5 hours ago</span>",
        "<abbr title=2024-10-10T09:00:00Z>5 hours ago</abbr>",
        "<time datetime='Thu Oct 10 2024 09:00:00 GMT+0200'>5 hours ago</time>",
        "<time datetime='10.10.2024 09:00'>5 hours ago</time>",
    ],
)
def test_the_time_behind_a_relative_one(element: str) -> None:
    published = metadata_of(body=f"{HEADLINE}<p>{element}</p>{PROSE}", url=None).published
    assert published is not None
    assert (published.time.date().isoformat(), published.time.hour) == ("2024-10-10", 9)


def test_the_day_on_which_a_profile_was_opened_is_not_behind_a_relative_time() -> None:
    body = f"{HEADLINE}<p><span title='9:46 - 20 Mar 2007'>Joined March 2007</span></p>{PROSE}"
    assert metadata_of(body=body, url=None).published is None


@pytest.mark.parametrize(
    "other",
    [
        "<section><h3>Read on</h3><div class=c><a href=/a><h4>A ferry</h4></a><time>4 May 2019</time></div></section>",
        "<div class=suggested><h4><a href=/a>A ferry</a></h4><span class=date>4 March 2019</span></div>",
        "<ul>" + "<li><h4><a href=/a>A ferry</a></h4><time>4 March 2019</time></li>" * 2 + "</ul>",
        "<div class=related-posts><p class=date>4 March 2019</p></div>",
        "<div class=x><a href=/a><h3>A ferry</h3><time>4 March 2019</time></a></div>",
    ],
)
def test_the_date_of_another_article_is_not_this_ones(other: str) -> None:
    assert metadata_of(body=f"<article>{HEADLINE}{PROSE}</article>{other}", url=None).published is None


@pytest.mark.parametrize(
    ("shown", "lang", "url", "day"),
    [
        ("04.05.2024", "tr", None, "2024-05-04"),
        ("04.05.2024", "en", None, "2024-05-04"),
        ("04/05/2024", "de", None, "2024-05-04"),
        ("04/05/2024", "en-US", None, "2024-04-05"),
        ("04/05/2024", "en", "https://news.example.ke/a", "2024-05-04"),
        ("04/05/2024", "en", "https://news.example.com/a", "2024-04-05"),
        ("04/05/2024</p><ul><li>25/04/2024</ul><p>", "en", None, "2024-05-04"),
        ("04/05/2024</p><span class=date>04/25/2024</span><p>", "es", None, "2024-04-05"),
    ],
)
def test_the_order_of_day_and_month(shown: str, lang: str, url: str | None, day: str) -> None:
    published = metadata_of(body=f"{HEADLINE}<p>{shown}</p>{PROSE}", url=url, lang=lang).published
    assert published is not None
    assert published.time.date().isoformat() == day


@pytest.mark.parametrize(
    ("head", "time"),
    [
        ('<meta property="og:regDate" content="20241010093015">', "2024-10-10T09:30:15"),
        ('<meta name="publish-date" content="2024.10.10 09:30">', "2024-10-10T09:30:00"),
        ('<meta name="publish-date" content="10.10.2024">', "2024-10-10T00:00:00"),
        ('<meta name="article:post_date" content="2024-10-10">', "2024-10-10T00:00:00"),
        ('<meta name="news_date" content="202410100930">', "2024-10-10T09:30:00"),
        ('<meta name="DISPLAYDATE" content="October 10, 2024">', "2024-10-10T00:00:00"),
        ('<meta property="article:published_time" content="2024-10-10 오전 9:30:00">', "2024-10-10T09:30:00"),
        (json_ld(article(datePublished=1728552600)), "2024-10-10T09:30:00+00:00"),
    ],
)
def test_times_in_metas_of_many_forms(head: str, time: str) -> None:
    published = metadata_of(head, HEADLINE + PROSE, url=None).published
    assert published is not None
    assert published.time.isoformat() == time


@pytest.mark.parametrize("text", ["2199-01-01", "31 December 2199", "3/4/2199"])
def test_no_article_is_dated_ahead(text: str) -> None:
    head = f'<meta property="article:published_time" content="{text}">'
    assert metadata_of(head, f"{HEADLINE}<p>{text}</p>{PROSE}", url=None).published is None
