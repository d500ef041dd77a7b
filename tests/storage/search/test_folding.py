"""Folding: the words a text is found by. What it gives is in every search index: a change needs a new
revision.
"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search.folding import Tokens, fold, strip_arabic_article

GOLDEN = {
    "": "",
    " \n\t": "",
    "Ceasefire, AGAIN!": "ceasefire again",
    "snake_case and kebab-case": "snake case and kebab case",
    "50% of C++, 3.5 & 1,000": "50 of c 3 5 1 000",
    "U.S.": "u s",
    "me@example.com": "me example com",
    "Élysée Łódź Ørsted Æsir œuvre": "elysee lodz orsted aesir oeuvre",
    "Straße STRASSE ẞ": "strasse strasse ss",
    "İstanbul ISTANBUL ıstanbul": "istanbul istanbul istanbul",
    "ﬁnance ﬀ ﬆ": "finance ff st",
    "x² ½ ⑦": "x2 1 2 7",
    "ＮＡＴＯ １２３": "nato 123",
    "go'aan go’aan goʻaan go´aan go`aan goaan": "goaan goaan goaan goaan goaan goaan",
    "'quoted' ‘words’ rock'n'roll": "quoted words rocknroll",
    "Zelensky's Zelensky’s workers'": "zelensky zelensky workers",
    "l'Ukraine d’État qu'il jusqu’ici dell'Unione": "ukraine etat il ici unione",
    "O'Neil N'Djamena Xi'an Sana'a Hawai'i Qur'an D'Angelo": "oneil ndjamena xian sanaa hawaii quran angelo",
    "İstanbul'da Ankara’ya Erdoğan'ın Türkiye'nin Kıbrıs'ta": "istanbul ankara erdogan turkiye kibris",
    "м’яч об'єкт ёлка йод": "мяч обєкт елка иод",
    "Σίσυφος ΣΊΣΥΦΟΣ": "σισυφοσ σισυφοσ",
    "שָׁלוֹם": "שלום",
    "السَّلام إلى آل أحمد مؤتمر شيء": "سلام الي ال احمد موتمر شيء",
    "والعراق بالعراق للعراق العراق عراق": "عراق عراق عراق عراق عراق",
    "الله والد بالغ اللاجئين": "الله والد بالغ لاجيين",
    "ایران کابل ہے": "ايران كابل هے",
    "٢٠٢٤ ۲۰۲۴ २०२४": "2024 2024 2024",
    "ﷺ": "صلي الله عليه وسلم",
    "ሠላም ፀሐይ ኃይል ዓለም ኣብ": "ሰላም ጸሀይ ሀይል አለም አብ",
    "停火協議。": "停 火 協 議",
    "東京タワー": "東 京 タ ワ ー",
    "ｶﾞｽ ガス": "ガ ス ガ ス",
    "우크라이나": "우 크 라 이 나",
    "ทำน้ำ": "ท ํา น้ ํา",
    "កម្ពុជា": "ក ម្ ពុ ជា",
    "हिन्दी ज़मीन माँ": "हिन्दी जमीन मां",
    "cease\u00adfire zero\u200bwidth": "ceasefire zerowidth",
    "\u202bعراق\u202c": "عراق",
    "😀 👍🏽 → ★": "",
    "a\0b \ud800 c": "a b c",
    "ـــ \u0301": "",
    "a" * 200: " ".join(["a" * 80, "a" * 80, "a" * 40]),
}


@pytest.mark.parametrize(("text", "folded"), GOLDEN.items(), ids=map(str, range(len(GOLDEN))))
def test_golden(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize("text", GOLDEN)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_form_of_unicode_does_not_matter(text, form):
    assert fold(unicodedata.normalize(form, text)) == fold(text)


SCRIPTS = st.text(st.sampled_from("aÉßıİ'’- \n停火ガﾞ東ทำ가ᄀ्ज़ْالعوደ\u200d\u0301\ud800٣½ﷺﬁ"))


@given(st.one_of(st.text(), SCRIPTS))
def test_tokens_are_the_folded_words_in_place(text):
    found = Tokens(text)
    assert " ".join(found.folded) == fold(text)
    places = found.find_spans(range(len(found.folded)))
    for number, folded in enumerate(found.folded):
        start, end = places[number]
        assert folded in fold(text[start:end]).split()


@given(st.one_of(st.text(), SCRIPTS))
def test_folded_words_are_safe_to_index(text):
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert not set(folded) & set("\0\"'*-:^()+")
    folded.encode()


@given(st.text(), st.text())
def test_what_comes_before_does_not_matter(before, text):
    assert fold(f"{before} . {text}") == f"{fold(before)} {fold(text)}".strip()


@pytest.mark.parametrize(
    ("beginning", "bare"), [("العر", "عر"), ("الل", "الل"), ("وال", "وال"), ("zelen", "zelen"), ("", "")]
)
def test_without_article(beginning, bare):
    assert strip_arabic_article(beginning) == bare


ALPHABET = "ab9é'’ \u0301\u200d停火กเ함ᄒ\u1161\U00020000\U00010a0f\U0001e944ა_-ﾄﾞ"


@given(st.text(alphabet=ALPHABET, max_size=40))
def test_the_quick_ways_find_the_same_words(text: str) -> None:
    from storage.search import folding

    assert folding._choose_word_pattern(text).findall(text) == folding._WORD_PATTERN.findall(text)
