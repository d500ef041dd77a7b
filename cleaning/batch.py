"""Many pages over all cores: every page comes back with its outcome, whatever is in it."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cleaning.article import Article, Cleaned
from cleaning.cleaner import clean_and_explain, clean_text_and_explain
from cleaning.html.decoding import decode_by_header, decode_bytes, reject_binary
from cleaning.outcomes import NotAnArticleError, Outcome
from cleaning.site_rules import NO_SITES, Sites

if TYPE_CHECKING:
    from cleaning.worker_pool import Task, WorkerLostError, WorkerPool

T = TypeVar("T")

DEADLINE_SECONDS: Final = 15.0
"""Seconds a page may take."""
MAX_PENDING_PER_WORKER: Final = 8
"""Pages a worker that are read ahead: enough to keep it busy behind one that is slow, few enough to hold in memory."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to clean, and what is known of it."""

    content: str | bytes
    """The HTML as text, or as the bytes that the server sent."""
    url: str | None = None
    """Its address; it resolves relative addresses."""
    key: Any = None
    """Whatever you know the page by: a path, a row's number. It comes back as it is."""
    charset: str | None = None
    """What the HTTP header says of the bytes; they overrule it where they are plainly UTF-8."""
    is_text: bool = False
    """Whether it is plain text that something else scraped, as for :func:`clean_text`."""


@dataclass(frozen=True, slots=True)
class CleanedPage:
    """What became of a page."""

    page: Page
    outcome: Outcome
    cleaned: Cleaned | None = None
    """The article and what was removed; ``None`` where the outcome is none."""
    detail: str = ""
    """Why there is no article, as a sentence; empty where there is one."""

    @property
    def article(self) -> Article | None:
        """The article; ``None`` where the page holds none."""
        return self.cleaned.article if self.cleaned else None


def clean_many(
    pages: Iterable[Page | str | bytes],
    *,
    workers: int | None = None,
    deadline: float = DEADLINE_SECONDS,
    ordered: bool = True,
    sites: Sites = NO_SITES,
) -> Generator[CleanedPage, None, None]:
    """Clean many pages in worker processes. Nothing that a page holds raises: each comes back with its outcome.

    The pages are read as they are needed, a few ahead of the workers, so that millions may come from a generator. A
    page that takes longer than the deadline, more than 700 MB, or that kills its worker gets an outcome that says so
    (``timeout``, ``out-of-memory``, ``cleaner-crashed``), and the others do not notice. The workers end with the last
    page, with an error, with Ctrl-C, and when the generator is closed or let go of. A script needs no
    ``if __name__ == "__main__"``: the workers never import it.

    Args:
        pages: what to clean: pages, or just their HTML.
        workers: how many processes; one a core where not given.
        deadline: seconds that a page may take.
        ordered: whether pages come back in their order; else as they are done, which does not wait for slow ones.
        sites: what you know of single sites, from :func:`cleaning.load_sites`.

    >>> from cleaning.worker_preload import SAMPLE_PAGE
    >>> for done in clean_many([Page(SAMPLE_PAGE, key="harbour.html"), b"%PDF-1.7"], workers=1):
    ...     print(done.page.key, done.outcome, done.article.title if done.article else done.detail)
    harbour.html article Harbour closed by a storm
    None not-html it is a PDF document
    """
    as_pages = (page if isinstance(page, Page) else Page(page) for page in pages)
    done = map_in_workers(
        partial(clean_page, sites=sites), as_pages, workers=workers, deadline=deadline, ordered=ordered
    )
    return _iter_cleaned_pages(done)


def _iter_cleaned_pages(
    done: "Generator[tuple[Page, Cleaned | NotCleaned | WorkerLostError], None, None]",
) -> Generator[CleanedPage, None, None]:
    with closing(done):
        for page, result in done:
            yield _build_cleaned_page(page, result)


def _build_cleaned_page(page: Page, result: "Cleaned | NotCleaned | WorkerLostError") -> CleanedPage:
    if isinstance(result, Cleaned):
        return CleanedPage(page, Outcome.ARTICLE, result)
    return CleanedPage(page, Outcome(result.outcome), detail=result.detail)


@dataclass(frozen=True, slots=True)
class NotCleaned:
    """Why a page holds no article, in a form that crosses processes."""

    outcome: Outcome
    detail: str


def clean_page(page: Page, sites: Sites = NO_SITES) -> Cleaned | NotCleaned:
    """Clean a page of whatever form; what a page can contain does not raise."""
    try:
        if not page.is_text:
            content = decode_by_header(page.content, page.charset) if isinstance(page.content, bytes) else page.content
            return clean_and_explain(content, page.url, sites=sites)
        return clean_text_and_explain(decode_text(page.content), page.url, sites=sites)
    except NotAnArticleError as error:
        return NotCleaned(error.reason, error.detail)


def decode_text(content: str | bytes) -> str:
    """Text that something else scraped, as text. Raises NotAnArticleError where the bytes are none."""
    if isinstance(content, str):
        return content
    reject_binary(content)
    return decode_bytes(content)


def map_in_workers(
    function: Callable[[Page], T],
    pages: Iterable[Page],
    *,
    workers: int | None = None,
    deadline: float = DEADLINE_SECONDS,
    ordered: bool = True,
) -> "Generator[tuple[Page, T | WorkerLostError], None, None]":
    """Each page with what a function makes of it in a worker process, or with why there is nothing.

    The function and its value are pickled; it cannot be of the program's main module.
    """
    if workers is not None and workers < 1:
        raise ValueError("at least one worker is needed")
    from cleaning.worker_pool import WorkerPool

    return _iter_results(WorkerPool(workers, deadline), function, pages, ordered)


def _iter_results(
    pool: "WorkerPool", function: Callable[[Page], T], pages: Iterable[Page], ordered: bool
) -> "Generator[tuple[Page, T | WorkerLostError], None, None]":
    def submit(page: Page) -> "Task[T]":
        return pool.submit(function, replace(page, key=None))  # the key stays here: it need not be picklable

    def wait_for_result(page: Page, task: "Task[T]") -> "T | WorkerLostError":
        while True:
            try:
                return pool.wait_for_value(task)
            except PoolLostError as lost:
                try:
                    pool.discard(lost)
                except WorkerLostError as hopeless:
                    return hopeless
                task = submit(page)
            except WorkerLostError as lost:
                return lost

    from cleaning.worker_pool import PoolLostError, WorkerLostError

    finished = _submit_in_order if ordered else _submit_as_completed
    try:
        for page, task in finished(pages, submit, pool.count * MAX_PENDING_PER_WORKER):
            yield page, wait_for_result(page, task)
    finally:
        pool.stop()


def _submit_in_order(
    pages: Iterable[Page], submit: "Callable[[Page], Task[T]]", room: int
) -> "Iterator[tuple[Page, Task[T]]]":
    """Pages with their tasks, in the pages' order; no more than ``room`` are under way. The first need not be done."""
    flying: deque[tuple[Page, Task[T]]] = deque()
    for page in pages:
        flying.append((page, submit(page)))
        while flying and (len(flying) >= room or flying[0][1].future.done()):
            yield flying.popleft()
    while flying:
        yield flying.popleft()


def _submit_as_completed(
    pages: Iterable[Page], submit: "Callable[[Page], Task[T]]", room: int
) -> "Iterator[tuple[Page, Task[T]]]":
    """Pages with their tasks, as these are done; no more than ``room`` are under way."""
    flying: dict[object, tuple[Page, Task[T]]] = {}
    for page in pages:
        task = submit(page)
        flying[task.future] = page, task
        yield from _take_completed(flying, len(flying) >= room)
    while flying:
        yield from _take_completed(flying, True)


def _take_completed(flying: "dict[object, tuple[Page, Task[T]]]", must_wait: bool) -> "Iterator[tuple[Page, Task[T]]]":
    """Take out those that are done; at least one, where there must be room."""
    futures = [task.future for _, task in flying.values()]
    for future in wait(futures, None if must_wait else 0, FIRST_COMPLETED).done:
        yield flying.pop(future)
