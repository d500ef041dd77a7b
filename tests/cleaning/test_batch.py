"""Many pages over worker processes: each comes back with its outcome, whatever it does to its worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hostile_pages import HANGING

from cleaning import Outcome, Page, clean_many
from cleaning.worker_preload import SAMPLE_PAGE

# Under the largest size that is read, and a gigabyte as a tree.
HUNGRY = b"<html><body>" + b"<p>a" * 4_900_000
NO_GUARD = """
from cleaning import clean_many
from cleaning.worker_preload import SAMPLE_PAGE

print("begun")
print([str(done.outcome) for done in clean_many([SAMPLE_PAGE, b""], workers=1)])
"""
FOR_EVER = """
import itertools
from cleaning import clean_many
from cleaning.worker_preload import SAMPLE_PAGE

for count, done in enumerate(clean_many(itertools.repeat(SAMPLE_PAGE), workers=2)):
    if count == 20:
        print("on the way", flush=True)
"""


def outcomes(pages: list[Page], *, deadline: float = 20.0, ordered: bool = True) -> list[tuple[object, str]]:
    done = clean_many(pages, workers=2, deadline=deadline, ordered=ordered)
    return [(one.page.key, one.outcome.value) for one in done]


def test_pages_come_back_in_order_with_their_outcomes_and_what_they_were() -> None:
    pages = [
        Page(SAMPLE_PAGE, "https://news.example/a", "first"),
        Page("", key="second"),
        Page(b"%PDF-1.7", key=("third", 3)),
    ]
    first, second, third = clean_many([*pages], workers=2)
    assert [done.page for done in (first, second, third)] == pages
    assert first.article is not None
    assert first.article.url == "https://news.example/a"
    assert first.article.text.startswith("The harbour was closed")
    assert (second.outcome, second.cleaned, second.article) == (Outcome.EMPTY, None, None)
    assert (third.outcome, third.detail) == (Outcome.NOT_HTML, "it is a PDF document")


def test_a_page_may_be_its_html_alone_or_scraped_text_or_need_the_headers_charset() -> None:
    text = "Flood cuts road\n\nThe river rose on Monday, officials said.\n\nEdited by: Ali Musa"
    russian = SAMPLE_PAGE.decode().replace("The harbour was closed", "Гавань была закрыта").encode("koi8-r")
    html, scraped, headed = clean_many(
        [SAMPLE_PAGE, Page(text.encode(), is_text=True), Page(russian, charset="koi8-r")], workers=1
    )
    assert html.outcome is Outcome.ARTICLE
    assert scraped.article is not None
    assert scraped.article.editors == ("Ali Musa",)
    assert headed.article is not None
    assert headed.article.text.startswith("Гавань была закрыта")


def test_pages_that_hang_or_eat_memory_fail_alone() -> None:
    pages = [Page(SAMPLE_PAGE, key="fine"), Page(HUNGRY, key="hungry"), Page(SAMPLE_PAGE, key="fine too")]
    assert outcomes(pages) == [("fine", "article"), ("hungry", "out-of-memory"), ("fine too", "article")]
    pages = [Page(HANGING, key="slow"), Page(SAMPLE_PAGE, key="fine")]
    assert outcomes(pages, deadline=1.0) == [("slow", "timeout"), ("fine", "article")]


def test_as_completed_does_not_wait_for_a_slow_page() -> None:
    pages = [Page(HANGING, key="slow"), *(Page(SAMPLE_PAGE, key=i) for i in range(20))]
    done = outcomes(pages, deadline=3.0, ordered=False)
    assert done[-1] == ("slow", "timeout")
    assert sorted(key for key, _ in done[:-1]) == list(range(20))  # type: ignore[type-var]


@pytest.mark.parametrize("ordered", [True, False])
def test_pages_are_read_as_they_are_needed_and_closing_ends_it(ordered: bool) -> None:
    read = 0

    def pages() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield SAMPLE_PAGE

    done = clean_many(pages(), workers=2, ordered=ordered)
    for _ in range(30):
        next(done)
    begun = time.monotonic()
    done.close()
    assert read <= 30 + 2 * 8 + 1
    assert time.monotonic() - begun < 5
    assert list(done) == []


def test_what_the_input_raises_is_raised() -> None:
    def pages() -> Iterator[bytes]:
        yield SAMPLE_PAGE
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(clean_many(pages(), workers=1))


def test_two_at_once_do_not_end_each_others_workers() -> None:
    one, other = clean_many([SAMPLE_PAGE] * 60, workers=1), clean_many([SAMPLE_PAGE] * 60, workers=1)
    next(one), next(other)
    one.close()
    assert {done.outcome for done in other} == {Outcome.ARTICLE}


def test_no_workers_are_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="worker"):
        clean_many([], workers=0)


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(NO_GUARD)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("begun\n['article', 'empty']\n", "")


def test_ctrl_c_ends_program_and_workers() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FOR_EVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "on the way\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to the workers as well
    try:
        _, errors = process.communicate(timeout=15)  # ends when the last process that holds the pipe has ended
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
