"""What a person names on the command line, as pages: files, folders, archives, addresses, standard input."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from cleaning.html.decoding import MAX_BYTES, charset_of

if TYPE_CHECKING:
    from cleaning.batch import Page
    from cleaning.cli.fetch import Fetcher
    from cleaning.web.warc import Record

PAGE_SUFFIXES: Final = (".html", ".htm", ".xhtml")
ARCHIVE_SUFFIXES: Final = (".warc", ".warc.gz")
TEXT_SUFFIX: Final = ".txt"
READ_IN_FOLDERS: Final = (*PAGE_SUFFIXES, TEXT_SUFFIX, *ARCHIVE_SUFFIXES)
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page comes from."""

    source: str
    """As it was named on the command line."""
    file: str
    """The file, or the address."""
    url: str | None = None
    """The address of a page in an archive."""

    @property
    def name(self) -> str:
        """What to call the page."""
        return f"{self.file}: {self.url}" if self.url else self.file


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that was named, or that is in a folder, and that cannot be read."""

    origin: Origin
    reason: str
    """A sentence."""


class Source(click.Path):
    """A file, a folder, ``-``, or an http(s) address. What is none of these is an error before anything is read."""

    name = "input"

    def __init__(self) -> None:
        super().__init__(exists=True, allow_dash=True)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it was typed."""
        name = str(value)
        if is_address(name):
            return name
        if _SCHEME.match(name):
            self.fail(f"{name!r}: only http and https addresses can be fetched", param, ctx)
        if not os.path.lexists(name) and name != "-" and re.match(r"(www\.|[\w-]+(\.[\w-]+)*\.[a-z]{2,}/)", name):
            self.fail(f"there is no file or folder {name!r} (an address begins with https://)", param, ctx)
        return str(super().convert(name, param, ctx))


def is_address(name: str) -> bool:
    """Whether a name is to be fetched.

    >>> is_address("https://news.example/a"), is_address("news.example/a")
    (True, False)
    """
    return name.lower().startswith(("http://", "https://"))


def holds_many(source: str) -> bool:
    """Whether a source is a folder or an archive: something that may hold any number of pages."""
    return source != "-" and not is_address(source) and (Path(source).is_dir() or _is_archive(source))


def _is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def pages_of(sources: tuple[str, ...], url: str | None = None, is_text: bool = False) -> Iterator["Page | Unreadable"]:
    """The pages of all sources, one after the other, read when they are asked for; a page's key is its Origin."""
    from cleaning.cli.fetch import Fetcher

    fetcher = Fetcher()
    for source in sources:
        for page in _pages_of(source, fetcher):
            if isinstance(page, Unreadable):
                yield page
            else:
                yield replace(page, url=url or page.url, is_text=is_text or page.is_text)


def _pages_of(source: str, fetcher: "Fetcher") -> Iterator["Page | Unreadable"]:
    from cleaning.batch import Page

    if is_address(source):
        yield _fetched(source, fetcher)
    elif source == "-":
        yield Page(sys.stdin.buffer.read(MAX_BYTES + 1), key=Origin(source, source))
    elif Path(source).is_dir():
        yield from _of_folder(source)
    else:
        yield from _of_file(Origin(source, source))


def _fetched(url: str, fetcher: "Fetcher") -> "Page | Unreadable":
    from cleaning.cli.fetch import FetchError

    try:
        return replace(fetcher.fetch(url), key=Origin(url, url))
    except FetchError as error:
        return Unreadable(Origin(url, url), str(error))


def _of_folder(folder: str) -> Iterator["Page | Unreadable"]:
    """Pages and archives in a folder and the folders in it, by name; links to folders are not followed."""
    failed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=failed.append):
        folders.sort()
        for name in sorted(files):
            path = Path(parent, name)
            if name.lower().endswith(READ_IN_FOLDERS) and (path.is_file() or path.is_symlink()):
                yield from _of_file(Origin(folder, str(path)))
        while failed:
            error = failed.pop()
            yield Unreadable(Origin(folder, str(error.filename)), f"cannot be read: {error.strerror}")
    yield from (Unreadable(Origin(folder, str(e.filename)), f"cannot be read: {e.strerror}") for e in failed)


def _of_file(origin: Origin) -> Iterator["Page | Unreadable"]:
    from cleaning.batch import Page

    try:
        with Path(origin.file).open("rb") as stream:
            if _is_archive(origin.file):
                yield from _of_archive(origin, stream)
            else:
                is_text = origin.file.lower().endswith(TEXT_SUFFIX)
                yield Page(stream.read(MAX_BYTES + 1), key=origin, is_text=is_text)
    except OSError as error:
        yield Unreadable(origin, f"cannot be read: {error.strerror}")


def _of_archive(origin: Origin, stream: BinaryIO) -> Iterator["Page | Unreadable"]:
    """The responses of an archive, compressed or not, that are web pages with status 200; and what is damaged."""
    from cleaning.batch import Page
    from cleaning.web.warc import Damage, records

    for record in records(stream):
        if isinstance(record, Damage):
            yield Unreadable(origin, record.told())
        elif record.status == 200 and _is_page(record):
            charset = charset_of(record.header("Content-Type"))
            yield Page(record.body, record.url, key=replace(origin, url=record.url), charset=charset)


def _is_page(record: "Record") -> bool:
    return record.header("Content-Type").partition(";")[0].strip().lower() in _PAGE_TYPES
