"""Split long lists of values over several SQL statements."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

CHUNK_VALUES: Final = 500
"""Values per statement. SQLite allows 32,766 at most, and the servers plan long ``IN`` lists slowly."""


def iter_chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values in their order, in lists of at most 500, for ``IN (…)`` clauses.

    Reads any iterable lazily. Yields nothing if it is empty.

    >>> [len(some) for some in iter_chunks(range(1200))]
    [500, 500, 200]
    """
    waiting = iter(values)
    while some := list(islice(waiting, CHUNK_VALUES)):
        yield some
