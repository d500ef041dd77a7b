"""What people search for, in many languages, is found; and nothing that they type is an error."""

import random
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.search.folding import fold

# What is stored, what is typed, and what a person expects to see marked.
PROBES = {
    "Arabic without its vowel signs": ("وقّعت الحُكُومَةُ اتفاقاً", "الحكومة", "الحُكُومَةُ"),
    "Arabic alef variants": ("إعلان أحمد عن الاتفاق", "اعلان احمد", "إعلان"),
    "Arabic typed with hamza": ("اعلان احمد", "إعلان", "اعلان"),
    "Arabic without the article": ("العراق يوقع", "عراق", "العراق"),
    "Arabic with the article": ("وقع عراق جديد", "العراق", "عراق"),
    "Arabic behind a particle": ("بغداد والعراق", "العراق", "والعراق"),
    "Arabic ta marbuta": ("مدينة غزة", "غزه", "غزة"),
    "Arabic ya": ("مستشفى الشفاء", "مستشفي", "مستشفى"),
    "Arabic tatweel": ("الســـلام", "السلام", "الســـلام"),
    "Arabic digits": ("عام ٢٠٢٤", "2024", "٢٠٢٤"),
    "Persian ya and kaf": ("دولت ایران و کابل", "إيران كابل", "ایران"),
    "Persian joined without a space": ("آنها می‌خواهند", "میخواهند", "می‌خواهند"),
    "Hebrew points": ("שָׁלוֹם עולם", "שלום", "שָׁלוֹם"),
    "Somali typographic apostrophe": ("Golaha ammaanka ayaa go’aan gaaray", "go'aan", "go’aan"),
    "Somali without the apostrophe": ("go'aanka la'aanta", "goaanka", "go'aanka"),
    "Amharic homophones": ("ሠላም በዓለም", "ሰላም", "ሠላም"),
    "Amharic homophones of h": ("የፀሐይ ኃይል", "ሀይል", "ኃይል"),
    "Tigrinya": ("ኣብ ዓዲ", "አብ", "ኣብ"),
    "Chinese": ("联合国安理会呼吁加沙停火", "停火", "停火"),
    "Chinese in the middle of a sentence": ("烏克蘭總統澤連斯基說", "澤連斯基", "澤連斯基"),
    "Japanese": ("国連安全保障理事会が停戦を求めた", "安全保障", "安全保障"),
    "Japanese half width": ("ﾄﾞｲﾂの首相", "ドイツ", "ﾄﾞｲﾂ"),
    "Korean with its particle": ("우크라이나에서 휴전이 시작됐다", "우크라이나", "우크라이나"),
    "Thai": ("ประธานาธิบดียูเครนกล่าวว่า", "ยูเครน", "ยูเครน"),
    "Lao": ("ປະທານປະເທດລາວ", "ລາວ", "ລາວ"),
    "Khmer": ("រដ្ឋាភិបាលកម្ពុជា", "កម្ពុជា", "កម្ពុជា"),
    "Burmese": ("မြန်မာနိုင်ငံ", "မြန်မာ", "မြန်မာ"),
    "Hindi": ("प्रधानमंत्री ने युद्धविराम की मांग की", "युद्धविराम", "युद्धविराम"),
    "Hindi without the dot": ("ज़ेलेंस्की ने कहा", "जेलेंस्की", "ज़ेलेंस्की"),
    "Bengali": ("যুদ্ধবিরতির আহ্বান", "যুদ্ধবিরতির", "যুদ্ধবিরতির"),
    "Tamil": ("போர் நிறுத்தம்", "நிறுத்தம்", "நிறுத்தம்"),
    "accents": ("Le président à l’Élysée", "elysee", "l’Élysée"),
    "accents typed only": ("Sao Paulo", "São", "Sao"),
    "accents in pieces": ("Sa\u0303o Tome\u0301", "tomé", "Tome\u0301"),
    "Turkish dotless i": ("Diyarbakır’da ve IĞDIR’ın", "diyarbakir iğdır", "Diyarbakır’da"),
    "Turkish dotted capital": ("İSTANBUL bekliyor", "istanbul", "İSTANBUL"),
    "German sharp s": ("Die Straße nach Gießen", "STRASSE", "Straße"),
    "German umlaut": ("Ministerpräsident Söder", "soder", "Söder"),
    "ligatures": ("The oﬃce in ﬁre", "office", "oﬃce"),
    "Danish and Icelandic": ("Mette Frederiksen i Ærø og Þingvellir", "aero thingvellir", "Ærø"),
    "Polish": ("Łódź i Wałęsa", "lodz walesa", "Łódź"),
    "Vietnamese": ("Hà Nội và Đà Nẵng", "da nang", "Đà"),
    "Azerbaijani": ("Azərbaycan Respublikası", "azerbaycan respublikasi", "Azərbaycan"),
    "Hausa": ("ɗan takara a Ƙasar", "dan kasar", "ɗan"),
    "Russian": ("Переговоры ещё идут", "еще", "ещё"),
    "Ukrainian apostrophe": ("п’ять об'єктів", "п'ять", "п’ять"),
    "Greek": ("Η ΚΥΒΈΡΝΗΣΗ της Ελλάδας", "κυβερνηση ελλαδας", "ΚΥΒΈΡΝΗΣΗ"),
    "English possessive": ("Zelensky’s plan", "zelensky", "Zelensky’s"),
    "an Irish name": ("Mr O’Neil said", "O'Neil", "O’Neil"),
    "full-width letters": ("ＮＡＴＯ の会議", "nato", "ＮＡＴＯ"),
    "a hyphen": ("a state-of-the-art plan", "state-of-the-art", "state-of-the-art"),
    "a soft hyphen": ("the cease\u00adfire holds", "ceasefire", "cease\u00adfire"),
}


@pytest.fixture(scope="module")
def probes(library):
    """The articles of all probes in one corpus; their ids."""
    library.store("Something else altogether 1999. Noch etwas. 別の話。")
    return {name: library.store(f"Before it. {stored} – after it.") for name, (stored, _, _) in PROBES.items()}


@pytest.mark.parametrize("name", PROBES)
def test_found_in_any_language(library, probes, name):
    _, typed, marked = PROBES[name]
    hits = {hit.id: hit for hit in library.corpus.search(typed)}
    assert probes[name] in hits
    assert len(hits) <= 4  # what some probes share, and no more
    assert (marked, True) in hits[probes[name]].snippet.iter_pieces()
    assert probes[name] not in {hit.id for hit in library.corpus.search(f"-{typed}", limit=1000)}


HOSTILE = [
    "",
    " ",
    "foo-bar",
    "c++",
    "O'Neil",
    "50%",
    '"',
    '""',
    '"unfinished',
    'un"finished',
    "“typographic”",
    "-",
    "--",
    "- -",
    "-a",
    "-*",
    "*",
    "**",
    "a*",
    "*a",
    "a**",
    "OR",
    "OR OR",
    "a OR",
    "OR a",
    "AND",
    "NOT",
    "NOT NOT a",
    "a AND NOT b",
    "a NOT",
    "NEAR(a b)",
    "NEAR/3",
    "title:a",
    "{title text}: a",
    "^a",
    "a + b",
    "(",
    ")",
    "((((a",
    "a)",
    "(" * 2000,
    "a;b",
    "'; DROP TABLE article; --",
    "a\\",
    "a\nb\tc",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff a \ud83d",
    "\u202e\u200f",
    "😀",
    "👩‍👩‍👧",
    "\u0300",
    "ﷺ",
    "½ ² ㎏ ℡",
    "İıſßŉǰ",
    "a" * 100_000,
    "a " * 50_000,
    "停" * 5_000,
    '"' * 1_000,
    "-" * 1_000 + "a",
    "a OR " * 1_000 + "b",
    "-a " * 1_000,
    "https://example.com/a?b=c&d[]=e#f",
    "me@example.com",
    "SELECT * FROM article",
    "1e999 -1e999 0x10 NULL",
    "rank:1",
    "article_fts",
    "\u2028\u2029\x85",
    "क्\u200dष",
    "ก็",
]


@pytest.mark.promise(38)
@pytest.mark.parametrize("order", ["relevance", "date"])
@pytest.mark.parametrize("query", HOSTILE, ids=[f"{number}" for number in range(len(HOSTILE))])
def test_nothing_typed_is_an_error(library, probes, query, order, measured):
    def measure_search() -> float:
        begun = time.thread_time()
        library.corpus.search(query, order=order)
        return time.thread_time() - begun

    # Of three, because a busy machine can make a single one several times as slow.
    assert min(measure_search() for _ in range(3)) < 1.0
    next(library.corpus.iter(query), None)
    measured(f"{len(HOSTILE)} queries in 2 orders, each under a second")


SYNTAX = st.sampled_from(['"', "-", "*", " ", "OR", "AND", "NOT", "(", ")", ":", "^", "'", "’", "a", "ceasefire", "\0"])


@pytest.mark.promise(38)
@given(st.one_of(st.text(max_size=60), st.lists(SYNTAX, max_size=25).map("".join)))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_at_all_is_an_error(library, probes, measured, query):
    library.corpus.search(query, limit=3)
    measured("300 random queries")


# -- counts
# -----------------------------------------------------------------------------------------------------


VOCABULARY = ["peace", "talks", "cease", "ceasefire", "Zelensky", "aid", "aide", "Éire", "停", "火", "السلام"]


@pytest.fixture(scope="module")
def texts(library, probes):
    """Two hundred random articles by id, in titles and texts."""
    chance = random.Random(7)

    def words(most):
        return " ".join(chance.choices(VOCABULARY, k=chance.randint(1, most)))

    made = [(words(4), words(12)) for _ in range(200)]
    return {library.store(f"random {text}", title): (title, f"random {text}") for title, text in made}


def holds(words, field, prefix=False):
    """Whether a field has these words next to each other: what the index must know, found by looking."""
    tokens = fold(field).split()
    *whole, last = fold(words).split()
    return any(
        tokens[start : start + len(whole)] == whole
        and (tokens[start + len(whole)].startswith(last) if prefix else tokens[start + len(whole)] == last)
        for start in range(len(tokens) - len(whole))
    )


def has(words, **options):
    return lambda article: any(holds(words, field, **options) for field in article)


COUNTED = {
    "peace": has("peace"),
    "PEACE talks": lambda a: has("peace")(a) and has("talks")(a),
    '"peace talks"': has("peace talks"),
    "peace-talks": has("peace talks"),
    "peace -talks": lambda a: has("peace")(a) and not has("talks")(a),
    "peace NOT talks": lambda a: has("peace")(a) and not has("talks")(a),
    '-"peace talks"': lambda a: not has("peace talks")(a),
    "peace OR talks": lambda a: has("peace")(a) or has("talks")(a),
    "aid peace OR talks": lambda a: has("aid")(a) and (has("peace")(a) or has("talks")(a)),
    "peace | talks aid": lambda a: has("aid")(a) and (has("peace")(a) or has("talks")(a)),
    "aid*": has("aid", prefix=True),
    "cease*": has("cease", prefix=True),
    '"peace cea*"': has("peace cea", prefix=True),
    "eire zelensky": lambda a: has("eire")(a) and has("zelensky")(a),
    "停": has("停"),
    "停火": has("停火"),
    "سلام -aid -aide": lambda a: has("سلام")(a) and not has("aid")(a) and not has("aide")(a),
    "السل*": has("سل", prefix=True),
    "nowhere": lambda a: False,
    "peace nowhere": lambda a: False,
    "peace -nowhere": has("peace"),
    "-peace -talks": lambda a: not has("peace")(a) and not has("talks")(a),
    "peace ?!": has("peace"),
}


@pytest.mark.parametrize("query", COUNTED)
def test_as_many_as_looking_would_find(library, texts, query):
    expected = {number for number, article in texts.items() if COUNTED[query](article)}
    for found in (
        {hit.id for hit in library.corpus.search(f"random {query}", limit=1000)},
        {hit.id for hit in library.corpus.search(f"random {query}", limit=1000, order="date")},
        {article.id for article in library.corpus.iter(f"random {query}")},
    ):
        assert found == expected


def test_without_words_everything_and_without_letters_nothing(library, texts):
    everything = library.corpus.stats().articles
    assert len(library.corpus.search("  ", limit=10_000)) == everything
    assert sum(1 for _ in library.corpus.iter()) == everything
    assert library.corpus.search("?!") == ()
    assert list(library.corpus.iter("…")) == []


# -- order and limits
# ---------------------------------------------------------------------------------------------


def test_the_title_weighs_more(crawl, corpus):
    in_text = crawl.store("The ceasefire holds, says the mediator of the talks.", "News of the day")
    in_title = crawl.store("The mediator of the talks says that the agreement holds.", "A ceasefire today")
    crawl.store("Rain is expected.", "Weather")  # to MariaDB, a word that every article has is worth nothing
    hits = corpus.search("ceasefire")
    assert [hit.id for hit in hits] == [in_title, in_text]
    assert hits[0].score > hits[1].score > 0
    assert [hit.score for hit in corpus.search("ceasefire", order="date")] == [0.0, 0.0]


def test_the_newest_first_and_the_undated_last(crawl, corpus):
    noon = datetime(2024, 10, 1, 12, tzinfo=UTC)
    undated = crawl.store("A ceasefire.", published=None)
    old = crawl.store("A ceasefire of old.", published=noon - timedelta(days=900))
    new = crawl.store("The ceasefire.", published=noon)
    assert [hit.id for hit in corpus.search("ceasefire", order="date")] == [new, old, undated]
    assert [hit.id for hit in corpus.search("")] == [new, old, undated]


@pytest.mark.parametrize(("limit", "count"), [(-1, 0), (0, 0), (1, 1), (20, 3)])
def test_the_limit(crawl, corpus, limit, count):
    for number in range(3):
        crawl.store(f"Ceasefire number {number}")
    assert len(corpus.search("ceasefire", limit=limit)) == count
    assert len(corpus.search("", limit=limit)) == count


MOGADISHU = timezone(timedelta(hours=3))
FIRST = datetime(2024, 10, 1, tzinfo=UTC)
PUBLISHED = {
    "the day before, in the last second": FIRST - timedelta(seconds=1),
    "the first moment": FIRST,
    "in the evening": FIRST + timedelta(hours=23, minutes=59),
    "the next day": FIRST + timedelta(days=1),
    "the next day in Mogadishu, not in UTC": datetime(2024, 10, 2, 2, 59, tzinfo=MOGADISHU),
    "without a date": None,
}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"since": date(2024, 10, 1)}, [1, 2, 3, 4]),
        ({"until": date(2024, 10, 1)}, [0, 1, 2, 4]),
        ({"since": date(2024, 10, 1), "until": date(2024, 10, 1)}, [1, 2, 4]),
        ({"since": FIRST + timedelta(seconds=1)}, [2, 3, 4]),
        ({"until": FIRST}, [0, 1]),
        ({"since": datetime(2024, 10, 2, 3, tzinfo=MOGADISHU)}, [3]),
        ({"since": date(2030, 1, 1)}, []),
        ({"since": date.min, "until": date.max}, [0, 1, 2, 3, 4]),
        ({}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_since_and_until(crawl, corpus, limits, expected):
    ids = [crawl.store(f"Ceasefire {name}", published=moment) for name, moment in PUBLISHED.items()]
    for query in ("ceasefire", "", "-nowhere"):
        assert sorted(hit.id for hit in corpus.search(query, **limits)) == [ids[place] for place in expected]
        assert [article.id for article in corpus.iter(query, **limits)] == [ids[place] for place in expected]


@pytest.mark.parametrize("limit", ["since", "until"])
def test_a_limit_without_a_zone_is_refused(corpus, limit):
    with pytest.raises(ValueError, match="zone"):
        corpus.search("ceasefire", **{limit: datetime(2024, 10, 1)})


@pytest.mark.parametrize(("language", "count"), [("so", 2), ("SO", 2), ("so-SO", 2), ("en", 1), ("xx", 0)])
def test_language(crawl, corpus, language, count):
    for spoken in ("so", "so", "en"):
        crawl.store(f"Ceasefire in {corpus.stats().articles} {spoken}", language=spoken)
    assert len(corpus.search("ceasefire", language=language)) == count
    assert len(list(corpus.iter(language=language))) == count


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("wire.example", 2),
        ("www.Wire.example", 2),
        ("https://wire.example/news", 2),
        ("Garowe Online", 1),
        ("garowe.example", 1),
        ("nobody.example", 0),
        ("no site", 0),
        ("", 0),
    ],
)
def test_source(crawl, new_crawl, cleaned, corpus, source, count):
    crawl.store("The ceasefire holds.")
    crawl.store("A ceasefire is near.")
    new_crawl("https://www.garowe.example/").fetch("https://garowe.example/1", cleaned("A ceasefire."))
    corpus.crawl.get_or_create_source("garowe.example", "Garowe Online")
    assert len(corpus.search("ceasefire", source=source)) == count
    assert len(corpus.search("", source=source)) == count


def test_what_a_hit_tells(crawl, corpus):
    published = datetime(2024, 10, 1, 15, 30, tzinfo=MOGADISHU)
    crawl.store("The ceasefire holds.", "Calm", published=published, language="so", site_name="Axadle News")
    (hit,) = corpus.search("ceasefire")
    assert (hit.url, hit.title, hit.language) == ("https://wire.example/news/0", "Calm", "so")
    assert (hit.source, hit.site_name) == ("wire.example", "Axadle News")
    assert hit.published == published
    assert hit.published.utcoffset() == timedelta(hours=3)
    assert hit.snippet.marked("[", "]") == "The [ceasefire] holds."


def test_one_title_is_enough(crawl, corpus):
    crawl.store("Nothing in the text.", "Ceasefire")
    (hit,) = corpus.search("ceasefire")
    assert (hit.snippet.text, hit.snippet.marks) == ("Nothing in the text.", ())
