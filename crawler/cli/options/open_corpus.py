"""Opening the corpus that ``--database`` names, for the commands that need it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from crawler.cli.output.exit_codes import explain_missing

if TYPE_CHECKING:
    from storage import Corpus


@contextmanager
def open_corpus(context: click.Context, *, create: bool = False) -> Iterator["Corpus"]:
    """The corpus of this call, open for reading, or with ``create`` for a crawl.

    Raises CorpusError for what the user can put right, MissingExtra where SQLAlchemy is not installed.
    """
    with open_corpus_at(context.find_root().obj, create=create) as corpus:
        yield corpus


@contextmanager
def open_corpus_at(url: str, *, create: bool = False) -> Iterator["Corpus"]:
    """The corpus at an address; raises like `opened`."""
    try:
        from storage import Corpus

        corpus = Corpus.open(url, create=create)
    except ModuleNotFoundError as error:
        raise explain_missing(error) from error
    with corpus:
        yield corpus
