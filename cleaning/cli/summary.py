"""What became of all inputs, and the exit code that this gives."""

import time
from collections import Counter

from cleaning.cli import runtime
from cleaning.cli.inputs import InputOrigin
from cleaning.outcomes import FAILURE_OUTCOMES, Outcome


class RunSummary:
    """Counts pages by outcome, and which inputs gave an article."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self.outcomes: Counter[str] = Counter()
        self.unreadable = 0
        self._sources = sources
        self._fruitful: set[str] = set()
        self._failed: set[str] = set()
        self._begun = time.monotonic()

    def count_page(self, origin: InputOrigin, outcome: str) -> None:
        """A page has its outcome."""
        self.outcomes[outcome] += 1
        if outcome == Outcome.ARTICLE:
            self._fruitful.add(origin.source)
        elif outcome in FAILURE_OUTCOMES:
            self._failed.add(origin.source)

    def count_unreadable(self, origin: InputOrigin) -> None:
        """Something that was named, or that is in a folder, could not be read."""
        self.unreadable += 1
        self._failed.add(origin.source)

    def format_line(self) -> str:
        """The account so far: ``31 pages in 4 s (8/s): article 28, index-page 2, timeout 1``."""
        seconds = time.monotonic() - self._begun
        counts = [f"{outcome} {count:,}" for outcome, count in self.outcomes.most_common()]
        if self.unreadable:
            counts.append(f"unreadable {self.unreadable:,}")
        pages = self.outcomes.total()
        noun = "page" if pages == 1 else "pages"
        rate = f" ({pages / seconds:,.0f}/s)" if seconds >= 1 else ""
        return f"{pages:,} {noun} in {seconds:,.0f} s{rate}: {', '.join(counts) or 'nothing to clean'}"

    @property
    def exit_code(self) -> int:
        """Fine where every input gave an article; else what is worst."""
        if self._failed:
            is_all = FAILURE_OUTCOMES.issuperset(self.outcomes)
            return runtime.EXIT_ALL_FAILED if is_all else runtime.EXIT_SOME_FAILED
        return runtime.EXIT_OK if self._fruitful.issuperset(self._sources) else runtime.EXIT_NO_ARTICLE
