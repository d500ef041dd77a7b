"""What counts as nearly the same; the numbers behind it are pinned, because a corpus is full of them."""

import hashlib
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.dedup.minhash import (
    BAND_COUNT,
    SIMILARITY_THRESHOLD,
    ClusterMember,
    build_shingles_from_text,
    choose_representative,
    compute_jaccard,
    compute_lsh_bands,
    compute_signature,
    credits_other_outlet,
    estimate_jaccard,
)

TEXTS = {
    "English": "The ceasefire began at dawn on Tuesday, and it has held so far, the mediators said in Doha.",
    "Arabic": "بدأ وقف إطلاق النار فجر الثلاثاء وما زال صامدا حتى الآن، بحسب الوسطاء في الدوحة",
    "Chinese": "停火协议于周二黎明生效，调解人在多哈表示，迄今为止各方都遵守了协议。",
    "Chinese and Latin": "停火协议于周二黎明生效，Reuters 援引调解人在多哈表示，Hamas 迄今为止遵守了协议。",
}

# Whoever has to change these has changed what is near to what: then SIGNATURE_VERSION goes up.
GOLDEN = {
    "English": ("f22753f1cebf84d1", -5369154158856895925),
    "Arabic": ("95eed1191a8e3895", -2605963655089856423),
    "Chinese": ("07dd5b7810990e80", -4232206026240828211),
    "Chinese and Latin": ("291bbec22b10744c", -6636043483467376798),
}


def pinned(text: str) -> tuple[str, int]:
    marks = compute_signature(build_shingles_from_text(text))
    return hashlib.sha256(marks).hexdigest()[:16], compute_lsh_bands(marks)[0]


@pytest.mark.parametrize("name", TEXTS)
def test_signatures_stay_what_they_are(name: str) -> None:
    assert pinned(TEXTS[name]) == GOLDEN[name]


def test_another_process_gives_the_same() -> None:
    script = (
        "import sys; from storage.dedup.minhash import *\n"
        "print(compute_lsh_bands(compute_signature(build_shingles_from_text(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", script, TEXTS["English"]]
    done = subprocess.run(command, env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(compute_lsh_bands(compute_signature(build_shingles_from_text(TEXTS["English"]))))


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("?!", 0), ("one", 1), ("one two three", 1), ("one two three four", 2), ("停火", 1), ("停" * 9, 1)],
)
def test_shingles_of_short_texts(text: str, count: int) -> None:
    assert len(build_shingles_from_text(text)) == count


def test_a_line_in_another_script_changes_no_other_shingle() -> None:
    """What a shingle is, is told from its own words: the share of each script in the whole text does not matter."""
    text = TEXTS["Chinese and Latin"]
    more = f"{text} Reporting by Reuters in Doha and by Hamas officials who asked not to be named on Tuesday."
    assert build_shingles_from_text(text) < build_shingles_from_text(more)


def test_case_and_punctuation_do_not_matter() -> None:
    text = TEXTS["English"]
    assert build_shingles_from_text(text) == build_shingles_from_text(text.upper().replace(",", " –"))


WORDS = [f"word{number}" for number in range(400)]


def edited(chance: random.Random, words: list[str], share: float) -> list[str]:
    return [chance.choice(WORDS) if chance.random() < share else word for word in words]


@pytest.mark.parametrize(("share", "near"), [(0.0, True), (0.05, True), (0.5, False), (1.0, False)])
def test_edited_copies_are_near(share: float, near: bool) -> None:
    chance = random.Random(3)
    for _ in range(20):
        words = chance.choices(WORDS, k=300)
        one, other = (
            build_shingles_from_text(" ".join(words)),
            build_shingles_from_text(" ".join(edited(chance, words, share))),
        )
        marks, others = compute_signature(one), compute_signature(other)
        assert (compute_jaccard(one, other) >= SIMILARITY_THRESHOLD) is near
        assert bool(set(compute_lsh_bands(marks)) & set(compute_lsh_bands(others))) is near or not near
        assert abs(estimate_jaccard(marks, others) - compute_jaccard(one, other)) < 0.15


@given(st.sets(st.text(min_size=1), min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_shingles_does_not_matter(words: set[str], chance: random.Random) -> None:
    listed = sorted(words)
    chance.shuffle(listed)
    assert compute_signature(frozenset(listed)) == compute_signature(frozenset(sorted(words)))


def test_bands_tell_their_places_apart() -> None:
    assert len(set(compute_lsh_bands(bytes(512)))) == BAND_COUNT


NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("members", "chosen"),
    [
        ([(1, NOON, NOON, True), (2, NOON + HOUR, NOON, False)], 2),
        ([(1, NOON, NOON, False), (2, NOON - HOUR, NOON, False)], 2),
        ([(1, None, NOON - HOUR, False), (2, NOON, NOON, False)], 2),
        ([(1, None, NOON, False), (2, None, NOON - HOUR, False)], 2),
        ([(1, NOON, NOON, False), (2, NOON, NOON - HOUR, False)], 2),
        ([(3, NOON, NOON, False), (2, NOON, NOON, False)], 2),
    ],
)
def test_who_stands_for_all(members: list[tuple[int, datetime | None, datetime, bool]], chosen: int) -> None:
    assert choose_representative([ClusterMember(*member) for member in members]) == chosen


@pytest.mark.parametrize(
    ("credited", "site_name", "key", "another"),
    [
        ([], "BBC", "bbc.co.uk", False),
        (["AFP"], "BBC", "bbc.co.uk", True),
        (["BBC News"], "BBC", "bbc.co.uk", False),
        (["BBC Africa", "Reuters"], "BBC", "bbc.co.uk", True),
        (["Axadle Times international–Monitoring"], None, "axadle.example", False),
        (["?!"], None, "bbc.co.uk", False),
        (["وكالة الأنباء"], "الجزيرة", "aljazeera.net", True),
        (["Sky News"], "BBC News", "bbc.co.uk", True),
        (["Sky News"], None, "news.example", True),
        (["Al Jazeera English"], "Al Jazeera", "aljazeera.com", False),
        (["Al Jazeera"], None, "aljazeera.com", False),
        (["Agence de Presse Sénégalaise"], "Spiegel", "spiegel.de", True),
        (["PA Media UK"], "The Guardian", "guardian.co.uk", True),
        (["The New York Times"], "The Times", "thetimes.co.uk", True),
    ],
)
def test_whether_another_is_credited(credited: list[str], site_name: str | None, key: str, another: bool) -> None:
    assert credits_other_outlet(credited, site_name, key) is another
