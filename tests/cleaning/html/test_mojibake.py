"""Pages whose UTF-8 was encoded twice."""

import pytest

from cleaning.html.mojibake import repair_mojibake

SENTENCES = {
    "French": "Les îles extérieures, après neuf années d’arrêt, à midi « déjà » là.",
    "German": "Die Fähre fährt – früh – über die Förde, müde Möwen ringsum.",
    "Russian": "Ночной паром снова ходит на острова.",
    "Arabic": "عادت العبارة الليلية إلى الجزر.",
    "Japanese": "夜の渡船が再開する。",
}


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
@pytest.mark.parametrize("charset", ["cp1252", "latin-1"])
def test_repairs(text: str, charset: str) -> None:
    damaged = "".join(bytes([byte]).decode(charset, "ignore") or chr(byte) for byte in text.encode())
    assert repair_mojibake(damaged) == text


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
def test_keeps_what_is_right(text: str) -> None:
    assert repair_mojibake(text) == text


def test_keeps_what_an_article_shows_of_damaged_text() -> None:
    text = (
        "Wer « Ã© » sieht, Ã¼ oder Ã¤, liest UTF-8 als Latin-1: über solche Fehler ärgern sich Gäste täglich überall."
    )
    assert repair_mojibake(text) == text
