"""What a crawl shows on a terminal while it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cleaning.printing import printable

if TYPE_CHECKING:
    from crawler.summary import Progress


@contextmanager
def crawl_progress(silent: bool) -> Iterator["Callable[[Progress], None] | None"]:
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

        def show(progress: "Progress") -> None:
            bar.update(task, description=described(progress), url=shown(progress.last_url or ""))

        yield show


def described(progress: "Progress") -> str:
    """How far a crawl is, in a few words."""
    looking = f", {progress.looking} sources being looked through" if progress.looking else ""
    return f"found {progress.found}, fetched {progress.fetched}, stored {progress.stored}{looking}"


def shown(url: str) -> str:
    """An address for people: its letters instead of their escapes, and nothing that a terminal would obey."""
    from rich.markup import escape

    return escape(printable(unquote(url)))
