"""Read the inputs of the command line as pages: files, folders, WARC archives, URLs and standard input."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from cleaning.html.decoding import MAX_BYTES, parse_charset

if TYPE_CHECKING:
    from cleaning.batch import Page
    from cleaning.cli.fetch import Fetcher
    from cleaning.web.warc import WarcRecord

PAGE_SUFFIXES: Final = (".html", ".htm", ".xhtml")
ARCHIVE_SUFFIXES: Final = (".warc", ".warc.gz")
TEXT_SUFFIX: Final = ".txt"
FOLDER_SUFFIXES: Final = (*PAGE_SUFFIXES, TEXT_SUFFIX, *ARCHIVE_SUFFIXES)
"""Endings of the files that are read in a folder. A file that the user names is read whatever its ending."""
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")


@dataclass(frozen=True, slots=True)
class InputOrigin:
    """The input that a page comes from."""

    source: str
    """The input as the user typed it."""
    file: str
    """The path of the file, or the URL."""
    url: str | None = None
    """The URL of a page in an archive; ``None`` for all other pages."""

    @property
    def name(self) -> str:
        """Return the name of the page for messages."""
        return f"{self.file}: {self.url}" if self.url else self.file


@dataclass(frozen=True, slots=True)
class UnreadableInput:
    """An input, a file in a folder or a section of an archive that cannot be read."""

    origin: InputOrigin
    reason: str
    """Half a sentence, to follow the name."""


class InputPath(click.Path):
    """The type of the INPUT arguments: a file, a folder, ``-``, or an http(s) URL.

    All inputs are checked before the first one is read.
    """

    name = "input"

    def __init__(self) -> None:
        super().__init__(exists=True, allow_dash=True)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the input as it was typed.

        Raises:
            click.BadParameter: it does not exist, or has a scheme that is not supported.
        """
        name = str(value)
        if is_url(name):
            return name
        if _SCHEME.match(name):
            self.fail(f"{name!r}: only http and https URLs are supported", param, ctx)
        # A host name without a scheme is a likely mistake, and gets a better message than click's.
        if not os.path.lexists(name) and name != "-" and re.match(r"(www\.|[\w-]+(\.[\w-]+)*\.[a-z]{2,}/)", name):
            self.fail(f"file or folder {name!r} does not exist (URLs begin with https://)", param, ctx)
        return str(super().convert(name, param, ctx))


def is_url(name: str) -> bool:
    """Return whether an input is a URL to fetch; anything else is a path or ``-``.

    >>> is_url("https://news.example/a"), is_url("news.example/a")
    (True, False)
    """
    return name.lower().startswith(("http://", "https://"))


def is_collection(source: str) -> bool:
    """Return whether an input is a folder or an archive, which may hold any number of pages."""
    return source != "-" and not is_url(source) and (Path(source).is_dir() or _is_archive(source))


def _is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def read_pages(
    sources: tuple[str, ...], url: str | None = None, is_text: bool = False
) -> Iterator["Page | UnreadableInput"]:
    """Yield the pages of all inputs in order, each one read when it is needed.

    Args:
        sources: the inputs as the user typed them.
        url: the URL of the page, for a single input that does not have one.
        is_text: whether to treat all pages as scraped text; ``.txt`` files always are.

    Returns:
        Pages, whose ``key`` is an :class:`InputOrigin`, and what could not be read.
    """
    from cleaning.cli.fetch import Fetcher

    fetcher = Fetcher()
    for source in sources:
        for page in _read_source(source, fetcher):
            if isinstance(page, UnreadableInput):
                yield page
            else:
                yield replace(page, url=url or page.url, is_text=is_text or page.is_text)


def _read_source(source: str, fetcher: "Fetcher") -> Iterator["Page | UnreadableInput"]:
    from cleaning.batch import Page

    if is_url(source):
        yield _fetch_page(source, fetcher)
    elif source == "-":
        yield Page(sys.stdin.buffer.read(MAX_BYTES + 1), key=InputOrigin(source, source))
    elif Path(source).is_dir():
        yield from _read_folder(source)
    else:
        yield from _read_file(InputOrigin(source, source))


def _fetch_page(url: str, fetcher: "Fetcher") -> "Page | UnreadableInput":
    from cleaning.cli.fetch import FetchError

    try:
        return replace(fetcher.fetch(url), key=InputOrigin(url, url))
    except FetchError as error:
        return UnreadableInput(InputOrigin(url, url), str(error))


def _read_folder(folder: str) -> Iterator["Page | UnreadableInput"]:
    """Yield the pages of a folder and its subfolders, sorted by name; links to folders are not followed."""
    failed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=failed.append):
        folders.sort()
        for name in sorted(files):
            path = Path(parent, name)
            if name.lower().endswith(FOLDER_SUFFIXES) and (path.is_file() or path.is_symlink()):
                yield from _read_file(InputOrigin(folder, str(path)))
        while failed:
            error = failed.pop()
            yield UnreadableInput(
                InputOrigin(folder, str(error.filename)), f"cannot be read: {error.strerror or error}"
            )
    yield from (
        UnreadableInput(InputOrigin(folder, str(e.filename)), f"cannot be read: {e.strerror or e}") for e in failed
    )


def _read_file(origin: InputOrigin) -> Iterator["Page | UnreadableInput"]:
    from cleaning.batch import Page

    try:
        with Path(origin.file).open("rb") as stream:
            if _is_archive(origin.file):
                yield from _read_archive(origin, stream)
            else:
                is_text = origin.file.lower().endswith(TEXT_SUFFIX)
                yield Page(stream.read(MAX_BYTES + 1), key=origin, is_text=is_text)
    except OSError as error:
        yield UnreadableInput(origin, f"cannot be read: {error.strerror or error}")


def _read_archive(origin: InputOrigin, stream: BinaryIO) -> Iterator["Page | UnreadableInput"]:
    """Yield the HTML responses of an archive with status 200, and its damaged sections."""
    from cleaning.batch import Page
    from cleaning.web.warc import DamagedSection, read_records

    for record in read_records(stream):
        if isinstance(record, DamagedSection):
            yield UnreadableInput(origin, record.describe())
        elif record.status == 200 and _is_web_page(record):
            charset = parse_charset(record.get_header("Content-Type"))
            yield Page(record.body, record.url, key=replace(origin, url=record.url), charset=charset)


def _is_web_page(record: "WarcRecord") -> bool:
    return record.get_header("Content-Type").partition(";")[0].strip().lower() in _PAGE_TYPES
