"""Cleaning of many pages on all cores: each page comes back with an outcome, even if it hangs or crashes its worker."""

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
from cleaning.metadata.reader import Metadata
from cleaning.outcomes import NotAnArticleError, Outcome
from cleaning.site_rules import NO_SITES, Sites

if TYPE_CHECKING:
    from cleaning.worker_pool import Task, WorkerLostError, WorkerPool

T = TypeVar("T")

DEADLINE_SECONDS: Final = 15.0
"""Seconds that a page may take. Ordinary pages take milliseconds; only hostile ones come near the limit."""
MAX_PENDING_PER_WORKER: Final = 8
"""Pages read ahead per worker: enough to keep workers busy behind a slow page, few enough to hold in memory."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to clean, with what the caller knows about it."""

    content: str | bytes
    """The HTML as text, or as the bytes that the server sent."""
    url: str | None = None
    """The URL of the page, as for :func:`clean`."""
    key: Any = None
    """Your own identifier, such as a path or a row number. It is returned unchanged, and need not be picklable."""
    charset: str | None = None
    """The charset from the HTTP header. It is ignored if the bytes are UTF-8, or cannot be decoded with it."""
    is_text: bool = False
    """Whether the content is plain text that another tool scraped, as for :func:`clean_text`."""


@dataclass(frozen=True, slots=True)
class CleanedPage:
    """The result of cleaning one page."""

    page: Page
    """The page as it was passed in, with its key."""
    outcome: Outcome
    """``Outcome.ARTICLE``, or the reason why there is no article."""
    cleaned: Cleaned | None = None
    """The article and what was removed; ``None`` if the page is not an article."""
    detail: str = ""
    """An explanation of the outcome for people; empty for an article."""
    metadata: Metadata | None = None
    """What a page without an article declares about itself, if it was read; ``None`` for an article, which has it."""

    @property
    def article(self) -> Article | None:
        """Return the article, or ``None`` if the page is not one; ``outcome`` and ``detail`` then say why.

        Use ``cleaned`` for the removals as well.
        """
        return self.cleaned.article if self.cleaned else None


def clean_many(
    pages: Iterable[Page | str | bytes],
    *,
    workers: int | None = None,
    deadline: float = DEADLINE_SECONDS,
    ordered: bool = True,
    sites: Sites = NO_SITES,
    captions: bool = False,
) -> Generator[CleanedPage, None, None]:
    """Clean many pages in worker processes, and yield each with its outcome.

    No content of a page raises an exception here. A page that exceeds the deadline or 700 MB of memory, or kills its
    worker, gets the outcome ``timeout``, ``out-of-memory`` or ``cleaner-crashed``; other pages are not affected.

    Pages are read lazily, a few ahead of the workers, so ``pages`` may be a generator of millions. The workers end with
    the last page, on an exception, on Ctrl-C, and when the generator is closed or garbage-collected. A script needs no
    ``if __name__ == "__main__"`` guard, since workers do not import it.

    Args:
        pages: the pages, or just their HTML.
        workers: the number of processes; by default one per core.
        deadline: seconds of computing that a page may take; on a busy machine, six times as many may pass.
        ordered: yield pages in their order; otherwise as they are finished, without waiting for slow ones.
        sites: rules for single sites, from :func:`cleaning.load_sites`.
        captions: whether texts include the captions of pictures, as for :func:`clean`.

    Raises:
        ValueError: ``workers`` is less than 1.

    >>> from cleaning.worker_preload import SAMPLE_PAGE
    >>> for done in clean_many([Page(SAMPLE_PAGE, key="harbour.html"), b"%PDF-1.7"], workers=1):
    ...     print(done.page.key, done.outcome, done.article.title if done.article else done.detail)
    harbour.html article Harbour closed by a storm
    None not-html it is a PDF document
    """
    as_pages = (page if isinstance(page, Page) else Page(page) for page in pages)
    done = map_in_workers(
        partial(clean_page, sites=sites, captions=captions),
        as_pages,
        workers=workers,
        deadline=deadline,
        ordered=ordered,
    )
    return _iter_cleaned_pages(done)


def _iter_cleaned_pages(
    done: "Generator[tuple[Page, Cleaned | NotCleaned | WorkerLostError], None, None]",
) -> Generator[CleanedPage, None, None]:
    with closing(done):
        for page, result in done:
            yield _build_cleaned_page(page, result)


def _build_cleaned_page(page: Page, result: "Cleaned | NotCleaned | WorkerLostError") -> CleanedPage:
    """Combine a page with the result from its worker; each kind of result has an outcome."""
    if isinstance(result, Cleaned):
        return CleanedPage(page, Outcome.ARTICLE, result)
    metadata = result.metadata if isinstance(result, NotCleaned) else None
    return CleanedPage(page, Outcome(result.outcome), detail=result.detail, metadata=metadata)


@dataclass(frozen=True, slots=True)
class NotCleaned:
    """The reason why a page is not an article, as a value that can be pickled: workers return it instead of raising."""

    outcome: Outcome
    detail: str
    metadata: Metadata | None = None


def clean_page(page: Page, sites: Sites = NO_SITES, captions: bool = False) -> Cleaned | NotCleaned:
    """Clean a page, HTML or scraped text, and return the reason instead of raising if it is not an article.

    :func:`clean_many` runs this function in its workers. Call it directly to clean one page in this process.
    """
    try:
        if not page.is_text:
            content = decode_by_header(page.content, page.charset) if isinstance(page.content, bytes) else page.content
            return clean_and_explain(content, page.url, sites=sites, captions=captions)
        return clean_text_and_explain(decode_text(page.content), page.url, sites=sites)
    except NotAnArticleError as error:
        return NotCleaned(error.reason, error.detail, error.metadata)


def decode_text(content: str | bytes) -> str:
    """Return scraped text as a string, decoding it if necessary.

    Raises:
        NotAnArticleError: with reason ``not-html``, if the bytes are not text.
    """
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
    """Call a function with each page in worker processes, and yield the page with the result.

    The result is a ``WorkerLostError`` for a page that cost its worker. The function and its results are pickled, and
    it cannot be defined in the program's main module, which workers do not import. Other arguments are those of
    :func:`clean_many`.

    Raises:
        ValueError: ``workers`` is less than 1.
    """
    if workers is not None and workers < 1:
        raise ValueError("at least one worker is needed")
    from cleaning.worker_pool import WorkerPool

    return _iter_results(WorkerPool(workers, deadline), function, pages, ordered)


def _iter_results(
    pool: "WorkerPool", function: Callable[[Page], T], pages: Iterable[Page], ordered: bool
) -> "Generator[tuple[Page, T | WorkerLostError], None, None]":
    """Yield the results of a pool, and stop the pool however the iteration ends."""

    def submit(page: Page) -> "Task[T]":
        """Queue a page without its key, which stays in this process."""
        return pool.submit(function, replace(page, key=None))

    def wait_for_result(page: Page, task: "Task[T]") -> "T | WorkerLostError":
        """Wait for the result of a page; submit it again as long as a whole pool dies under it."""
        while True:
            try:
                return pool.wait_for_value(task)
            except PoolLostError as lost:
                # The processes died, but not because of this page: it gets another chance in new ones.
                try:
                    pool.discard(lost)
                except WorkerLostError as hopeless:
                    return hopeless
                task = submit(page)
            except WorkerLostError as lost:
                return lost

    from cleaning.worker_pool import PoolLostError, WorkerLostError

    iter_tasks = _submit_in_order if ordered else _submit_as_completed
    try:
        for page, task in iter_tasks(pages, submit, pool.count * MAX_PENDING_PER_WORKER):
            yield page, wait_for_result(page, task)
    finally:
        pool.stop()


def _submit_in_order(
    pages: Iterable[Page], submit: "Callable[[Page], Task[T]]", max_pending: int
) -> "Iterator[tuple[Page, Task[T]]]":
    """Yield pages with their tasks in order, with at most ``max_pending`` submitted. A yielded task may still run."""
    pending: deque[tuple[Page, Task[T]]] = deque()
    for page in pages:
        pending.append((page, submit(page)))
        while pending and (len(pending) >= max_pending or pending[0][1].future.done()):
            yield pending.popleft()
    while pending:
        yield pending.popleft()


def _submit_as_completed(
    pages: Iterable[Page], submit: "Callable[[Page], Task[T]]", max_pending: int
) -> "Iterator[tuple[Page, Task[T]]]":
    """Yield pages with their tasks as the tasks are done, with at most ``max_pending`` submitted."""
    pending: dict[object, tuple[Page, Task[T]]] = {}
    for page in pages:
        task = submit(page)
        pending[task.future] = page, task
        yield from _take_completed(pending, len(pending) >= max_pending)
    while pending:
        yield from _take_completed(pending, True)


def _take_completed(pending: "dict[object, tuple[Page, Task[T]]]", must_wait: bool) -> "Iterator[tuple[Page, Task[T]]]":
    """Remove and yield the tasks that are done; with ``must_wait``, wait until at least one is."""
    futures = [task.future for _, task in pending.values()]
    for future in wait(futures, None if must_wait else 0, FIRST_COMPLETED).done:
        yield pending.pop(future)
