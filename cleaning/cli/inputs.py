"""What a person names on the command line, as pages: files, folders, archives, addresses, standard input."""

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
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")


@dataclass(frozen=True, slots=True)
class InputOrigin:
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
class UnreadableInput:
    """Something that was named, or that is in a folder, and that cannot be read."""

    origin: InputOrigin
    reason: str
    """A sentence."""


class InputPath(click.Path):
    """A file, a folder, ``-``, or an http(s) address. What is none of these is an error before anything is read."""

    name = "input"

    def __init__(self) -> None:
        super().__init__(exists=True, allow_dash=True)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it was typed."""
        name = str(value)
        if is_url(name):
            return name
        if _SCHEME.match(name):
            self.fail(f"{name!r}: only http and https addresses can be fetched", param, ctx)
        if not os.path.lexists(name) and name != "-" and re.match(r"(www\.|[\w-]+(\.[\w-]+)*\.[a-z]{2,}/)", name):
            self.fail(f"there is no file or folder {name!r} (an address begins with https://)", param, ctx)
        return str(super().convert(name, param, ctx))


def is_url(name: str) -> bool:
    """Whether a name is to be fetched.

    >>> is_url("https://news.example/a"), is_url("news.example/a")
    (True, False)
    """
    return name.lower().startswith(("http://", "https://"))


def is_collection(source: str) -> bool:
    """Whether a source is a folder or an archive: something that may hold any number of pages."""
    return source != "-" and not is_url(source) and (Path(source).is_dir() or _is_archive(source))


def _is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def read_pages(
    sources: tuple[str, ...], url: str | None = None, is_text: bool = False
) -> Iterator["Page | UnreadableInput"]:
    """The pages of all sources, one after the other, read when they are asked for; a page's key is its Origin."""
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
    """Pages and archives in a folder and the folders in it, by name; links to folders are not followed."""
    failed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=failed.append):
        folders.sort()
        for name in sorted(files):
            path = Path(parent, name)
            if name.lower().endswith(FOLDER_SUFFIXES) and (path.is_file() or path.is_symlink()):
                yield from _read_file(InputOrigin(folder, str(path)))
        while failed:
            error = failed.pop()
            yield UnreadableInput(InputOrigin(folder, str(error.filename)), f"cannot be read: {error.strerror}")
    yield from (UnreadableInput(InputOrigin(folder, str(e.filename)), f"cannot be read: {e.strerror}") for e in failed)


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
        yield UnreadableInput(origin, f"cannot be read: {error.strerror}")


def _read_archive(origin: InputOrigin, stream: BinaryIO) -> Iterator["Page | UnreadableInput"]:
    """The responses of an archive, compressed or not, that are web pages with status 200; and what is damaged."""
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
