"""A site whose every answer is meant for the terminal, the browser or the log of whoever crawls it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from faulty import article, redirect, reply, robots, serving
from hostile import COMMANDS, MARKUP, UNSEEN, VALUE, assert_harmless
from terminal import shown_on_terminal

CLEANWIRE = Path(sys.executable).with_name("cleanwire")
SITE = "http://evil.example/"
ONE_LINE = f"{MARKUP}{COMMANDS}{UNSEEN}"
ESCAPED = ONE_LINE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
IN_HEADER = COMMANDS.replace("\x85", "").encode("latin-1") + b"\x1b[2J"


def page(number: int) -> bytes:
    """An article that says in every field what no terminal may be told."""
    head = (
        f'<meta name="author" content="{ESCAPED}"><meta property="article:section" content="{ESCAPED}">'
        f'<meta property="article:tag" content="{ESCAPED}"><meta property="og:site_name" content="{ESCAPED}">'
        f'<link rel="canonical" href="javascript:{ESCAPED}"><link rel="license" href="javascript:{ESCAPED}">'
    )
    body = article(number).replace(b"<head>", b"<head>" + head.encode())
    return body.replace(b"twelve", f"{number} {ESCAPED} twelve".encode())


def status_line(status: int, body: bytes = b"") -> bytes:
    """An answer with hostile words behind its status and in its headers."""
    return b"HTTP/1.1 %d %s\r\nContent-Type: text/%s\r\nX-%s: 1\r\nContent-Length: %d\r\n\r\n%s" % (
        *(status, IN_HEADER, IN_HEADER, b"A" * 9, len(body), body),
    )


ANSWERS = {
    "/robots.txt": robots(f"User-agent: *\nDisallow: /no\nDisallow: /{ONE_LINE}\n{ONE_LINE}\n"),
    "/": reply(200, f'<title>{ESCAPED}</title><link rel="alternate" type="application/rss+xml" href="/feed">'.encode()),
    "/feed": reply(
        200,
        "".join(
            [
                f"<rss><channel><title>&lt;b&gt;{quote(ONE_LINE)}</title>",
                *(f"<item><link>{SITE}{path}</link><title>&#x9b;2J &#x202e;</title></item>" for path in (
                    *("news/1", "news/2", "gone", "moved", "lost", "odd", "no/1", f"q?{quote(ONE_LINE)}"),
                )),
                "<item><link>javascript:alert(1)</link></item><item><link>http://evil.example/&#x9b;2J</link></item>",
                "</channel></rss>",
            ]
        ).encode(),
        "application/rss+xml",
    ),
    "/news/1": reply(200, page(1)),
    "/news/2": reply(200, page(2)),
    "/gone": status_line(404),
    "/odd": status_line(200, page(3)),
    "/moved": redirect("http://[" + COMMANDS.replace("\x85", "")),
    "/lost": redirect(f"ftp://{COMMANDS}/".replace("\x85", "")),
}  # fmt: skip


class Folder:
    """A folder to work in, on a terminal."""

    def __init__(self, path: Path, proxy: str) -> None:
        self.path = path
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "CLEANWIRE_DATABASE": "sqlite:///corpus.db",
            "TERM": "xterm-256color",
            "http_proxy": proxy,
        }
        self._environment.pop("NO_COLOR", None)

    def shown(self, *words: str) -> str:
        """What the terminal got of a command."""

        def write(descriptor: int) -> None:
            subprocess.run(
                [CLEANWIRE, *words],
                cwd=self.path,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                timeout=120,
                check=False,
            )

        return shown_on_terminal(write)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    with serving({"evil.example": ANSWERS}) as server:
        folder = Folder(tmp_path_factory.mktemp("answers"), server.url)
        for name in ("page.html", f"{VALUE}.html".replace("/", "|")[-80:]):
            (folder.path / name).write_bytes(page(4))
        (folder.path / "first.txt").write_text(folder.shown("crawl", "-v", "--delay", "0", SITE), "utf-8")
        yield folder


def test_a_crawl_and_its_log(folder: Folder) -> None:
    text = (folder.path / "first.txt").read_text("utf-8")
    assert_harmless(text)
    assert "stored" in text
    assert "bad-redirect" in text


COMMANDS_ON_IT = [
    ("crawl", "--delay", "0", "--json", SITE),
    ("crawl", "--delay", "0", "-v", "--log-format", "json", SITE),
    ("sources", "discover", "--delay", "0", SITE),
    ("show", "1", "--removed"),
    ("reclean", "--all", "--dry-run"),
    ("backfill", "--any-site", "--verbose", "--warc", "corpus.db.warc"),
    ("clean", "page.html", "--verbose"),
    ("clean", "--explain", "."),
    ("clean", "--json", "."),
]


@pytest.mark.parametrize("words", COMMANDS_ON_IT, ids=" ".join)
def test_what_comes_of_it(words: tuple[str, ...], folder: Folder) -> None:
    text = folder.shown(*words)
    assert text
    assert_harmless(text)
    if "--log-format" in words:
        objects = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        assert objects
