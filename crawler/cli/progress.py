"""What a crawl shows on a terminal while it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.summary import Progress

WIDTH_OF_URL = 60


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

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[url]}", style="dim"),
    )
    with Bar(*columns, console=console, transient=True, refresh_per_second=4) as bar:
        task = bar.add_task("looking for feeds and sitemaps", url="", total=None)

        def show(progress: "Progress") -> None:
            bar.update(task, description=described(progress), url=_shortened(progress.last_url or ""))

        yield show


def described(progress: "Progress") -> str:
    """How far a crawl is, in a few words."""
    looking = f", {progress.looking} sources being looked through" if progress.looking else ""
    return f"found {progress.found}, fetched {progress.fetched}, stored {progress.stored}{looking}"


def _shortened(url: str) -> str:
    from rich.markup import escape

    return escape(url if len(url) <= WIDTH_OF_URL else f"{url[: WIDTH_OF_URL - 1]}…")
