"""The language of cleaned text: stable, by script where that decides, and unknown where nothing does."""

import tomllib
from pathlib import Path

import pytest

from cleaning.metadata.language import detect_language
from cleaning.metadata.language_detectors import detect_with_pycld2

BOOKS = sorted((Path(__file__).parents[1] / "lines").glob("*.toml"))

OTHERS = [
    (
        "az",
        "Azərbaycanın şimal bölgəsində yeni körpü açıldı və əhali gecə boyu küçələrdə qaldı, deyə rəsmilər bildirib.",
    ),
    ("ti", "ኣብ ከተማና ዓቢ ዝናብ ወሪዱ፡ ብዙሓት ሰባት ካብ ገዛውቶም ወጺኦም እዮም፡ ናይ ከተማ ምምሕዳር ከኣ ሓገዝ ሂቡ።"),
    (
        "ps",
        "د ولایت چارواکي وایي چې نوی پل د اوړي تر پایه پورې بشپړېږي او خلک به یې کاروي، ښوونځي هم پرانيستل شوي.",
    ),
    (
        "kk",
        "Ауданда жаңа көпір ашылды, тұрғындар енді өзеннің арғы бетіне қысқа жолмен өте алады, деп хабарлады әкімдік.",
    ),
    (
        "ha",
        "Hukumar ta bayyana cewa an buɗe sabuwar gada a ƙauyen, kuma mutane sun yi murna ƙwarai bayan ɓarnar ruwa.",
    ),
    (
        "sv",
        "Kommunen öppnade den nya bron på lördagen, och flera hundra gick över den innan regnet kom, säger hon.",
    ),
    (
        "el",
        "Ο δήμος άνοιξε το Σάββατο τη νέα γέφυρα και μερικές εκατοντάδες άνθρωποι την πέρασαν πριν αρχίσει η βροχή.",
    ),
    ("he", "העירייה פתחה בשבת את הגשר החדש, וכמה מאות אנשים חצו אותו לפני שהתחיל הגשם, אמר ראש העיר."),
    ("th", "เทศบาลเปิดสะพานใหม่เมื่อวันเสาร์ และมีผู้คนหลายร้อยคนเดินข้ามก่อนที่ฝนจะตก นายกเทศมนตรีกล่าว"),
    ("bn", "শনিবার পৌরসভা নতুন সেতুটি খুলে দিয়েছে এবং বৃষ্টি শুরু হওয়ার আগে কয়েকশ মানুষ সেটি পার হয়েছেন বলে মেয়র জানান।"),
    ("ta", "சனிக்கிழமை நகராட்சி புதிய பாலத்தைத் திறந்தது, மழை தொடங்கும் முன் பல நூறு பேர் அதைக் கடந்தனர் என்று மேயர் கூறினார்."),
    (
        "vi",
        "Thành phố đã mở cây cầu mới vào thứ bảy và vài trăm người đã đi qua trước khi trời mưa, thị trưởng cho biết.",
    ),
    (
        "ro",
        "Primăria a deschis sâmbătă noul pod, iar câteva sute de oameni l-au trecut înainte de ploaie, a spus el.",
    ),
]
SENTENCES = tomllib.loads((Path(__file__).parent / "languages.toml").read_text("utf-8"))
HEADLINES = [
    ("ar", "ثلاثة قتلى في غرق عبارة"),
    ("fa", "سه کشته در واژگونی قایق"),
    ("hi", "नाव दुर्घटना में तीन लोगों की मौत"),
    ("mr", "बोट दुर्घटनेत तिघांचा मृत्यू"),
    ("uk", "Троє загинули під час аварії порома"),
    ("ru", "Трое погибли при крушении парома"),
    ("so", "Saddex qof oo ku dhimatay doon qalibantay"),
    ("sw", "Watu watatu wafariki baada ya feri kuzama"),
    ("ka", "სამი ადამიანი დაიღუპა"),
]
UNDECIDED = ["", "   ", "OK", "1234 5678", "!!! ???", "Ali Musa", "2025-03-03 14:05", "🙂🙂🙂"]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_tells_the_languages_of_the_line_set(path: Path) -> None:
    book = tomllib.loads(path.read_text("utf-8"))
    language, confidence = detect_language("\n\n".join((*book["above"], *book["below"])))
    assert language == book["language"]
    assert confidence >= 0.9


@pytest.mark.parametrize(("language", "text"), OTHERS, ids=[code for code, _ in OTHERS])
def test_tells_languages_by_their_letters_or_by_detection(language: str, text: str) -> None:
    assert detect_language(text)[0] == language


@pytest.mark.parametrize(("language", "text"), SENTENCES.items(), ids=SENTENCES)
def test_tells_one_sentence(language: str, text: str) -> None:
    assert detect_language(text)[0] == language


@pytest.mark.parametrize(("language", "text"), HEADLINES, ids=[code for code, _ in HEADLINES])
def test_tells_a_headline(language: str, text: str) -> None:
    assert detect_language(text)[0] == language


@pytest.mark.parametrize("stated", ["sk", "sk-SK", "sk_SK"])
def test_what_the_page_says_decides_where_the_text_does_not(stated: str) -> None:
    text = "Traja mŕtvi po prevrátení trajektu"
    assert detect_language(text) == ("unknown", 0.0)
    assert detect_language(text, stated) == ("sk", 0.5)


def test_another_detector_is_used_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Traja mŕtvi po prevrátení trajektu"
    monkeypatch.setattr("cleaning.metadata.language_detectors.detect_with_pycld2", lambda sample: ("sk", 0.99))
    assert detect_language(text)[0] == "unknown"
    monkeypatch.setenv("CLEANWIRE_LANGUAGE_DETECTOR", "pycld2")
    assert detect_language(text) == ("sk", 0.99)


def test_an_unknown_detector_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANWIRE_LANGUAGE_DETECTOR", "cld9")
    with pytest.raises(ValueError, match="cld9"):
        detect_language("Traja mŕtvi po prevrátení trajektu")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Traja mŕtvi po prevrátení trajektu", "sk"),
        ("Traja mŕtvi\x00 po \x1bprevrátení \ufffetrajektu \ud800", "sk"),
        ("ראש העיר אמר ביום שני שהעבודות על הגשר יתחילו", "he"),
        ("🙂 1234 \x00\x01", ""),
        ("", ""),
    ],
)
def test_pycld2_answers_whatever_it_is_given(text: str, language: str) -> None:
    assert detect_with_pycld2(text)[0] == language


@pytest.mark.parametrize("text", UNDECIDED)
def test_short_text_is_of_unknown_language(text: str) -> None:
    assert detect_language(text) == ("unknown", 0.0)


@pytest.mark.parametrize("text", ["OK", "", "1234"])
def test_a_statement_alone_decides_nothing(text: str) -> None:
    assert detect_language(text, "en-GB") == ("unknown", 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "Hansen til Oslo i dag",
        "Man in hospital after bus strike",
        "La plaza no es nova",
        "Una piena isola il paese e la valle",
        "Ponte nova abre em Valverde do Tordo",
    ],
)
def test_fifty_repeats_give_one_answer(text: str) -> None:
    assert len({detect_language(text) for _ in range(50)}) == 1


def test_the_answer_does_not_depend_on_what_came_before() -> None:
    """langdetect keeps its random state in a global: texts in between must not turn an answer."""
    text = "Man in hospital after bus strike"
    first = detect_language(text)
    for path in BOOKS:
        detect_language(tomllib.loads(path.read_text("utf-8"))["above"][0])
    assert detect_language(text) == first


def test_what_the_page_says_does_not_overrule_the_text() -> None:
    french = "Le village a inauguré samedi le premier four à pain communal de la vallée devant trois cents personnes."
    assert detect_language(french, "en-US")[0] == "fr"


def test_what_the_page_says_counts_only_in_its_script() -> None:
    assert detect_language("Радіо Зозуля: сьогодні", "ar")[0] != "ar"


def test_a_banner_of_another_language_below_the_sample_does_not_decide() -> None:
    text = (
        "洪水冲断通往青禾镇的公路，镇上的交通一度中断。" * 3
        + "\n\nThis website uses cookies to improve your experience."
    )
    assert detect_language(text)[0] == "zh"


@pytest.mark.parametrize(
    ("text", "stated", "language"),
    [
        (
            "Kilang padi lama di kampung itu dibuka semula pada hari Sabtu, dan ramai penduduk datang melihatnya.",
            "ms",
            "ms",
        ),
        (
            "Kilang padi lama di kampung itu dibuka semula pada hari Sabtu, dan ramai penduduk datang melihatnya.",
            "ms-MY",
            "ms",
        ),
        ("Gilingan padi lama di desa itu dibuka lagi pada hari Sabtu karena warga sudah membelinya.", "id", "id"),
        ("Stari mlin u selu ponovo je otvoren u subotu, a mnogi su došli da ga vide prije kiše.", "bs", "bs"),
        ("Den gamle mølle i byen åbnede igen lørdag, og mange kom for at se den, sagde borgmesteren.", "no", "da"),
        ("The old mill in the village opened again on Saturday, and many came to see it.", "ms", "en"),
    ],
)
def test_a_close_language_is_the_one_that_the_page_states(text: str, stated: str, language: str) -> None:
    assert detect_language(text * 3, stated)[0] == language
