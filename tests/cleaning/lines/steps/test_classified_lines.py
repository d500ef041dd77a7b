"""Lines in wordings and languages that no rule knows, and the prose that looks like them."""

from importlib.resources import files

import pytest
from line_steps import UNKNOWN, A, B, C, lines, texts

from cleaning.article import BlockKind
from cleaning.lines.line import Line
from cleaning.lines.steps.classified_lines import drop_classified_lines
from cleaning.lines.steps.pipeline import strip_lines

NOTICES = (
    "Portalen lagrar kakor på din telefon för att mäta besök. Jag godkänner Neka allt",
    "Denne siden benytter informasjonskapsler til statistikk. Tillat Ikke tillat",
    "Wij gebruiken cookies om deze site prettiger te maken. Prima Nee, bedankt",
    "Портал сохраняет файлы cookie, чтобы считать посетителей. Разрешить Запретить",
    "このサイトはクッキーで訪問者数を測っています。許可 拒否",
    "Situs ini menyimpan kuki untuk menghitung pengunjung. Izinkan Tolak",
    "یہ سائٹ کوکیز سے وزیٹرز گنتی ہے۔ اجازت دیں انکار",
    "ይህ ገጽ ጎብኚዎችን ለመቁጠር ኩኪዎችን ያስቀምጣል። ፍቀድ ከልክል",
)
"""Consent notices of a sentence or two with their buttons on the same line."""

LOOKALIKES = (
    "Myndigheten säger att kakor får användas om läsaren har godkänt dem.",
    "The watchdog wants a button that lets people refuse cookies with one click",
    "Our reporter was the only one on the quay when the boat came in.",
    "The newsletter of the dockers' union is printed on a hand press.",
    "Sign language and street names",
    "Die Redaktion des Boten zog im Mai in den alten Speicher.",
    "المحررون في الصحيفة ينتظرون رواتبهم منذ شهرين.",
    "Редакторы двух газет отказались печатать список.",
)


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("place", [1, 3])
def test_notices_with_their_buttons_go_in_any_language(notice: str, place: int) -> None:
    page = [A, B, C]
    page.insert(place, notice)
    result = strip_lines(lines(*page), UNKNOWN)
    assert texts(result.lines) == [A, B, C]
    assert [removal.text for removal in result.removals] == [notice]


@pytest.mark.parametrize("line", LOOKALIKES)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_lookalikes_stay_everywhere(line: str, place: int) -> None:
    page = [A, B, C]
    page.insert(place, line)
    assert drop_classified_lines(lines(*page), UNKNOWN).removals == ()


def test_the_rule_names_the_kind_and_the_words() -> None:
    (removal,) = drop_classified_lines(lines(A, B, C, NOTICES[1]), UNKNOWN).removals
    assert removal.step == "drop_classified_lines"
    assert removal.rule.startswith("model:consent (")
    assert "informasjonskapsler" in removal.rule


def test_a_credit_is_harvested() -> None:
    result = drop_classified_lines(lines("Our reporter in Marrow, Dana Illis", A, B, C), UNKNOWN)
    assert texts(result.lines) == [A, B, C]
    assert result.harvest == (("authors", "Dana Illis"),)


def test_inside_the_article_more_certainty_is_needed() -> None:
    credit = "Red. Nils Holt"
    assert drop_classified_lines(lines(A, B, C, credit), UNKNOWN).removals
    assert drop_classified_lines(lines(A, B, A, B, credit, A, B, C, A, C), UNKNOWN).removals == ()


def test_reported_speech_quotes_and_kept_lines_stay() -> None:
    notice = NOTICES[2]
    said = f"{notice}, he said"
    quote = Line(notice, BlockKind.QUOTE)
    kept = Line(notice, kept=True)
    assert drop_classified_lines((*lines(A, B, said), quote, kept), UNKNOWN).removals == ()


def test_without_prose_nothing_is_judged() -> None:
    assert drop_classified_lines(lines("Scores", "Red. Nils Holt"), UNKNOWN).removals == ()


def test_the_file_of_the_model_is_small() -> None:
    assert len(files("cleaning").joinpath("models", "lines.json").read_bytes()) < 150_000
