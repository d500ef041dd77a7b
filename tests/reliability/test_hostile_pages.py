"""Pages that hurt, of every kind that we know: each keeps its prose, or is named; time and memory stay in bounds."""

import pytest
from hostile_pages import KINDS, PROSE

from cleaning import CleanedPage, Outcome, Page, clean_many
from cleaning.outcomes import FAILURE_OUTCOMES

NO_ARTICLE = {"high bytes": Outcome.NOT_HTML}
SMALL, LARGE = 32_000, 1_000_000
"""Bytes."""


def cleaned(size: int) -> dict[str, CleanedPage]:
    pages = (Page(make(size), key=kind) for kind, make in KINDS.items())
    return {str(done.page.key): done for done in clean_many(pages, workers=2)}


def lost(done: CleanedPage) -> list[str]:
    """The paragraphs of a page's prose that are neither in its article nor accounted for."""
    assert done.cleaned is not None
    text = done.cleaned.article.text + "\n".join(removal.text for removal in done.cleaned.removals)
    return [paragraph for paragraph in PROSE if paragraph not in text]


@pytest.mark.promise(8, 11)
def test_small_ones_keep_their_prose(measured) -> None:
    done = cleaned(SMALL)
    outcomes = {kind: one.outcome for kind, one in done.items()}
    assert outcomes == dict.fromkeys(KINDS, Outcome.ARTICLE) | NO_ARTICLE
    assert {kind: gone for kind, one in done.items() if one.cleaned and (gone := lost(one))} == {}
    measured(f"{len(KINDS)} kinds of hostile pages of {SMALL // 1000} KB, no prose lost", 11)


@pytest.mark.slow
@pytest.mark.promise(11)
def test_large_ones_keep_their_prose_or_are_named(measured) -> None:
    done = cleaned(LARGE)
    failed = {kind: one.outcome.value for kind, one in done.items() if one.outcome in FAILURE_OUTCOMES}
    assert {kind: gone for kind, one in done.items() if one.cleaned and (gone := lost(one))} == {}
    assert set(failed.values()) <= {Outcome.TIMEOUT.value, Outcome.OUT_OF_MEMORY.value}
    given_up = f"; given up: {', '.join(failed)}" if failed else ""
    measured(
        f"{len(KINDS)} kinds of {LARGE // 1_000_000} MB: {len(KINDS) - len(failed)} in time, no prose lost{given_up}"
    )
