"""Opening the corpus that ``--database`` names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from crawler.cli.output.exit_codes import explain_missing

if TYPE_CHECKING:
    from storage import Corpus


@contextmanager
def open_corpus(context: click.Context, *, create: bool = False) -> Iterator["Corpus"]:
    """Open the corpus of this command line, for ``with``; ``create`` creates it if there is none.

    Raises:
        CorpusError: an error that the user can fix, such as a missing or locked corpus.
        MissingExtra: SQLAlchemy is not installed.
    """
    with open_corpus_at(context.find_root().obj, create=create) as corpus:
        yield corpus


@contextmanager
def open_corpus_at(url: str, *, create: bool = False) -> Iterator["Corpus"]:
    """Open the corpus at a database URL, for ``with``; ``create`` creates it if there is none.

    Raises the same errors as `open_corpus`.
    """
    try:
        # Imported here, so that `cleanwire --help` does not wait for SQLAlchemy.
        from storage import Corpus

        corpus = Corpus.open(url, create=create)
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error
    with corpus:
        yield corpus
