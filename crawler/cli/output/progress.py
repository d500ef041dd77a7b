"""What long work shows on a terminal while it runs."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import unquote

from cleaning.output.safe_text import to_one_line

if TYPE_CHECKING:
    from crawler.stats import Progress

T = TypeVar("T")
_UPDATE_EVERY_ARTICLES: Final = 50


@contextmanager
def show_crawl_progress(silent: bool) -> Iterator["Callable[[Progress], None] | None"]:
    """A line on standard error that follows the crawl; nothing where that is no terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield None
        return
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    whole = Column(no_wrap=True)
    rest = Column(no_wrap=True, ratio=1, overflow="ellipsis")
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=whole),
        TimeElapsedColumn(),
        TextColumn("{task.fields[url]}", style="dim", table_column=rest),
    )
    with Bar(*columns, console=console, transient=True, refresh_per_second=4, expand=True) as bar:
        task = bar.add_task("looking for feeds and sitemaps", url="", total=None)

        def update(progress: "Progress") -> None:
            bar.update(task, description=describe_progress(progress), url=format_url(progress.last_url or ""))

        yield update


@contextmanager
def show_steps_progress() -> "Iterator[Callable[[str, int, int], None]]":
    """A line on standard error that follows what is told: the step, how much of it is done, of how much."""
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

        def update(step: str, done: int, of: int) -> None:
            bar.update(task, description=step, completed=done, total=of or None)

        yield update


def describe_progress(progress: "Progress") -> str:
    """How far a crawl is, in a few words."""
    looking = f", {progress.discovering} sources being looked through" if progress.discovering else ""
    return f"found {progress.found}, fetched {progress.fetched}, stored {progress.stored}{looking}"


def format_url(url: str) -> str:
    """An address for people: its letters instead of their escapes, and nothing that a terminal would obey."""
    from rich.markup import escape

    return escape(to_one_line(unquote(url)))


@contextmanager
def show_article_progress(silent: bool) -> Iterator[Callable[[Iterable[T]], Iterator[T]]]:
    """A function that passes articles on, and says on a terminal how many there were, and how many a second."""
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
            for count, article in enumerate(articles, 1):
                if count % _UPDATE_EVERY_ARTICLES == 0:
                    seconds = time.monotonic() - begun
                    bar.update(task, description=f"{count:,} articles, {count / max(seconds, 0.001):,.0f} a second")
                yield article

        yield count_articles
