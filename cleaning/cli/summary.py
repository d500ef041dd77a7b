"""Count the outcomes of a run of ``clean``, and derive its summary line and exit code."""

import time
from collections import Counter

from cleaning.cli import runtime
from cleaning.cli.inputs import InputOrigin
from cleaning.outcomes import FAILURE_OUTCOMES, Outcome


class RunSummary:
    """Counts of pages by outcome, and the inputs that had an article or failed."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self.outcomes: Counter[str] = Counter()
        self.unreadable = 0
        self._sources = sources
        self._with_article: set[str] = set()
        self._failed: set[str] = set()
        self._started = time.monotonic()

    def count_page(self, origin: InputOrigin, outcome: str) -> None:
        """Count a page that has been cleaned, by its outcome."""
        self.outcomes[outcome] += 1
        if outcome == Outcome.ARTICLE:
            self._with_article.add(origin.source)
        elif outcome in FAILURE_OUTCOMES:
            self._failed.add(origin.source)

    def count_unreadable(self, origin: InputOrigin) -> None:
        """Count an input, or a file or section in one, that could not be read."""
        self.unreadable += 1
        self._failed.add(origin.source)

    def format_line(self) -> str:
        """Return the counts so far as one line, for the progress line and at the end.

        An example is ``31 pages in 4 s (8/s): article 28, index-page 2, timeout 1``.
        """
        seconds = time.monotonic() - self._started
        counts = [f"{outcome} {count:,}" for outcome, count in self.outcomes.most_common()]
        if self.unreadable:
            counts.append(f"unreadable {self.unreadable:,}")
        pages = self.outcomes.total()
        noun = "page" if pages == 1 else "pages"
        rate = f" ({pages / seconds:,.0f}/s)" if seconds >= 1 else ""
        return f"{pages:,} {noun} in {seconds:,.0f} s{rate}: {', '.join(counts) or 'nothing to clean'}"

    @property
    def exit_code(self) -> int:
        """Return 0 if every input has an article, otherwise the code of the most severe problem.

        An input that could not be read or cleaned is more severe than one without an article. A folder or an archive
        needs one article only.
        """
        if self._failed:
            is_all = FAILURE_OUTCOMES.issuperset(self.outcomes)
            return runtime.EXIT_ALL_FAILED if is_all else runtime.EXIT_SOME_FAILED
        return runtime.EXIT_OK if self._with_article.issuperset(self._sources) else runtime.EXIT_NO_ARTICLE
