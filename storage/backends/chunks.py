"""Many values asked about in several statements."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

CHUNK_VALUES: Final = 500
"""Values in one statement; SQLite takes 32,766 at most, and the servers plan many of them slowly."""


def iter_chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in their order, 500 at a time.

    >>> [len(some) for some in iter_chunks(range(1200))]
    [500, 500, 200]
    """
    waiting = iter(values)
    while some := list(islice(waiting, CHUNK_VALUES)):
        yield some
