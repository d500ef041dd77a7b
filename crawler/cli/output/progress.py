"""Progress of long operations, shown on a terminal."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import unquote

from cleaning.output.safe_text import to_one_line
from crawler.ops.formatting import format_short_duration

if TYPE_CHECKING:
    from crawler.stats import Progress

T = TypeVar("T")
MIN_PAGES_FOR_RATE: Final = 20
"""Pages from which a rate and the time left are estimated."""
_UPDATE_EVERY_ARTICLES: Final = 50
"""Articles between two updates: an export passes thousands a second."""


@contextmanager
def show_crawl_progress(silent: bool) -> Iterator["Callable[[Progress], None] | None"]:
    """Show the progress of a crawl as one line on standard error, for ``with``.

    Yields the function to call with each `Progress`, or ``None`` if ``silent``, or if standard error is not a terminal.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield None
        return
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    # On a narrow terminal the URL is cut, never the counts.
    count_column = Column(no_wrap=True)
    url_column = Column(no_wrap=True, ratio=1, overflow="ellipsis")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=count_column),
        TimeElapsedColumn(),
        TextColumn("{task.fields[url]}", style="dim", table_column=url_column),
    )
    with Bar(*columns, console=console, transient=True, refresh_per_second=4, expand=True) as bar:
        task = bar.add_task("looking for feeds and sitemaps", url="", total=None)

        def update(progress: "Progress") -> None:
            """Show the counts, and the URL of the last page."""
            bar.update(task, description=describe_progress(progress), url=format_url(progress.last_url or ""))

        yield update


@contextmanager
def show_steps_progress() -> "Iterator[Callable[[str, int, int], None]]":
    """Show the progress of an operation with steps as a bar on standard error, for ``with``.

    Yields the function to call with the name of the step, how much of it is done, and its total (0 if unknown). Nothing
    is shown if standard error is not a terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def update(step: str, done: int, total: int) -> None:
            """Move the bar; a step of unknown size only shows that it is running."""
            bar.update(task, description=step, completed=done, total=total or None)

        yield update


def describe_progress(progress: "Progress") -> str:
    """Describe the progress of a crawl in one line.

    It names the sources that are still in discovery, because the total grows until that is done. The time left is
    estimated after that, from the pages a second so far.

    >>> from crawler.stats import Progress
    >>> describe_progress(Progress(found=90, fetched=30, stored=28, waiting=8, discovering=2, seconds=10.0))
    'fetched 30 of 90, stored 28, 3.0 pages a second, discovering 2 sources'
    >>> describe_progress(Progress(found=600, fetched=300, stored=280, waiting=8, discovering=0, seconds=100.0))
    'fetched 300 of 600, stored 280, 3.0 pages a second, about 2 min left'
    """
    total = max(progress.found, progress.fetched + progress.waiting)
    words = [f"fetched {progress.fetched} of {total}", f"stored {progress.stored}"]
    rate = progress.fetched / max(progress.seconds, 0.001)
    if progress.fetched >= MIN_PAGES_FOR_RATE:
        words.append(f"{rate:.1f} pages a second")
    if progress.discovering:
        words.append(f"discovering {progress.discovering} source{'s' if progress.discovering > 1 else ''}")
    elif progress.fetched >= MIN_PAGES_FOR_RATE:
        words.append(f"about {format_short_duration(timedelta(seconds=(total - progress.fetched) / rate))} left")
    return ", ".join(words)


def format_url(url: str) -> str:
    """Return a URL for people: percent escapes decoded, and control characters and Rich's markup neutralised.

    URLs come from untrusted pages; without this, one could change colours or move the cursor.
    """
    from rich.markup import escape

    return escape(to_one_line(unquote(url)))


@contextmanager
def show_article_progress(silent: bool) -> Iterator[Callable[[Iterable[T]], Iterator[T]]]:
    """Show on standard error how many articles have passed, and how many per second, for ``with``.

    Yields a function that takes articles and yields them unchanged. Nothing is shown if ``silent``, or if standard
    error is not a terminal.
    """
    if silent or not sys.stderr.isatty():
        yield iter
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4) as bar:
        task = bar.add_task("reading the corpus", total=None)
        begun = time.monotonic()

        def count_articles(articles: Iterable[T]) -> Iterator[T]:
            """Pass articles on, and update the line now and then."""
            for count, article in enumerate(articles, 1):
                if count % _UPDATE_EVERY_ARTICLES == 0:
                    seconds = time.monotonic() - begun
                    bar.update(task, description=f"{count:,} articles, {count / max(seconds, 0.001):,.0f} per second")
                yield article

        yield count_articles
