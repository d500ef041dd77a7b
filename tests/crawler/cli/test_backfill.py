"""``cleanwire backfill``: articles out of WARC files (Common Crawl's form and our own), and out of a site's past."""

import gzip
import json
import os
import random
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import Archive, Corpus, CorpusError, Exchange

from .conftest import CLEANWIRE

WORDS = (
    "harbour storm ferry market council bridge school river minister village road hospital lorry station island "
    "captain engineer teacher farmer budget repair timetable warehouse customs pilot signal crane tide wind repairs"
).split()


def html(number: int, published: str = "2024-10-01T09:00:00Z") -> bytes:
    """A page with an article that no other number has."""
    chance = random.Random(number)
    sentences = [f"The {' '.join(chance.choices(WORDS, k=14))} was told on Monday." for _ in range(12)]
    paragraphs = "".join(f"<p>{' '.join(sentences[start : start + 3])}</p>" for start in range(0, 12, 3))
    title = f"Story number {number}"
    return (
        f'<html lang="en"><head><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{published}"></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def response(url: str, body: bytes, *headers: str, date: str = "2024-10-01T12:00:00Z", status: str = "200 OK") -> bytes:
    """A response and its request, as CC-NEWS has them: one gzip member each."""
    lines = "".join(f"{header}\r\n" for header in (headers or ("Content-Type: text/html; charset=utf-8",)))
    answer = f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body
    blocks = {"request": b"GET / HTTP/1.1\r\n\r\n", "response": answer, "metadata": b"fetchTimeMs: 3\r\n"}
    return b"".join(
        gzip.compress(
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
            f"Content-Length: {len(block)}\r\n\r\n".encode()
            + block
            + b"\r\n\r\n"
        )
        for kind, block in blocks.items()
    )


def chunked(body: bytes) -> bytes:
    pieces = [body[start : start + 900] for start in range(0, len(body), 900)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


HTML = "Content-Type: text/html"
NEWS = b"".join(
    [
        response("https://www.wire.example/2024/10/01/story-one/", html(1)),
        response(
            "https://wire.example/2024/10/01/story-two/?utm_source=x",
            chunked(gzip.compress(html(2))),
            HTML,
            "Content-Encoding: gzip",
            "Transfer-Encoding: chunked",
        ),
        response("https://wire.example/2024/10/01/story-three/", html(3), HTML, "X-Crawl-Content-Encoding: gzip"),
        response("https://dhow.example/2024/10/01/story-four/", html(4)),
        response("https://wire.example/2020/01/01/story-old/", html(5, "2020-01-01T09:00:00Z")),
        response("https://wire.example/sport/2024/10/01/story-six/", html(6)),
        response("https://wire.example/2024/10/01/gone/", html(7), status="404 Not Found"),
        response("https://wire.example/style.css", b"p { color: red }", "Content-Type: text/css"),
        response("https://wire.example/2024/10/01/short/", b"<html><body><p>Fog this morning.</p></body></html>"),
        response("https://wire.example/2024/09/01/story-early/", html(8), date="2024-09-01T12:00:00Z"),
        response("https://[::1/bad", html(9)),
    ]
)


@pytest.fixture
def news(desk: Any) -> Path:
    path = desk.folder / "CC-NEWS-1.warc.gz"
    path.write_bytes(NEWS)
    return path


def titles(desk: Any) -> list[str]:
    with Corpus.open(desk.database) as corpus:
        return sorted(article.title or "" for article in corpus.iter())


def numbers(*wanted: int) -> list[str]:
    return sorted(f"Story number {number}" for number in wanted)


def test_articles_of_a_source_are_taken_once(desk: Any, news: Path) -> None:
    options = ("wire.example", "--warc", news.name, "--since", "2024-09-15", "--exclude", "/sport/")
    done = desk.run("backfill", *options, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert titles(desk) == numbers(1, 2, 3)
    assert (summary["records"], summary["stored"], summary["left_out"], summary["known"]) == (11, 3, 7, 0)
    assert summary["rejected"] == {"too-short": 1}
    with Corpus.open(desk.database) as corpus:
        article = corpus.find("https://wire.example/2024/10/01/story-two")
        assert article.fetched_at == datetime(2024, 10, 1, 12, tzinfo=UTC)
        assert [source.key for source in corpus.sources()] == ["wire.example"]
        assert corpus.stats().queued == 0
    # The same again: nothing is read. Another selection: the file is, and what is known stays as it is.
    assert "records 0, left out 0, known 0," in desk.run("backfill", *options).stdout
    done = desk.run("backfill", "--any-site", "--warc", news.name)
    assert "records 11, left out 3, known 4, found 4, fetched 4, stored 4," in done.stdout
    assert titles(desk) == numbers(1, 2, 3, 4, 5, 6, 8)


def test_what_is_damaged_is_told_and_the_rest_taken(desk: Any, news: Path) -> None:
    content = bytearray(NEWS)
    second = NEWS.index(b"\x1f\x8b\x08", len(response("https://www.wire.example/2024/10/01/story-one/", html(1))) + 1)
    content[second + 40 : second + 50] = bytes(10)
    news.write_bytes(content[: NEWS.rindex(b"\x1f\x8b\x08") - 40])
    (desk.folder / "page.warc").write_bytes(html(1))
    done = desk.run("backfill", "--any-site", "--warc", news.name, "page.warc", "missing.warc")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such file or folder: 'missing.warc'" in done.stderr
    done = desk.run("backfill", "--any-site", "--warc", news.name, "page.warc")
    assert done.returncode == 3
    told = done.stderr.splitlines()
    assert told[0].startswith(f"cleanwire: {news.name}: damaged at byte ")
    assert told[0].endswith("the record is incomplete")
    assert told[1] == "cleanwire: page.warc: not a WARC file, or damaged"
    assert len(titles(desk)) == 6
    assert desk.run("backfill", "--any-site", "--warc", "page.warc").returncode == 4
    # The end that was missing has been written: only that is read.
    news.write_bytes(NEWS)
    done = desk.run("backfill", "--any-site", "--warc", news.name)
    assert (done.returncode, "records 1, left out 1," in done.stdout) == (0, True)


def test_our_own_archive_fills_another_corpus(desk: Any) -> None:
    archive = Archive(desk.folder / "archive", rotate_bytes=3_000)
    for number in range(6):
        url = f"https://wire.example/2024/10/0{number + 1}/story-{number}/"
        headers = ((b"Content-Type", b"text/html"), (b"Content-Encoding", b"br"))
        archive.write(Exchange(url, datetime(2024, 10, 1, number, tzinfo=UTC), 200, "OK", (), headers, html(number)))
    (desk.folder / "sources.toml").write_text(
        '[crawl]\nopt_out = ["https://wire.example/2024/10/01/"]\n'
        '[[source]]\nurl = "https://wire.example/"\nname = "The Wire"\nexclude = ["story-5"]\n'
    )
    done = desk.run("backfill", "the wire", "--warc", "archive", "--include", "/2024/10/")
    assert (done.returncode, "stored 4," in done.stdout) == (0, True), done.stderr
    assert titles(desk) == numbers(1, 2, 3, 4)
    assert len(list((desk.folder / "archive").iterdir())) > 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["wire.example"], "use --since DAY to walk sites back"),
        (["--any-site", "wire.example", "--warc", "CC-NEWS-1.warc.gz"], "sources and --any-site cannot be combined"),
        (["--any-site", "--warc", "CC-NEWS-1.warc.gz", "--include", "("], "invalid regular expression '('"),
        (["--any-site", "--warc", "empty"], "empty contains no WARC files"),
        (["--warc", "CC-NEWS-1.warc.gz"], "sources.toml does not exist"),
    ],
)
def test_wrong_usage_is_explained(desk: Any, news: Path, options: list[str], said: str) -> None:
    (desk.folder / "empty").mkdir()
    done = desk.run("backfill", *options)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


# Stopped and killed


def start(desk: Any, *arguments: str) -> subprocess.Popen[str]:
    command = [CLEANWIRE, "--database", desk.database, "backfill", "--any-site", *arguments]
    return subprocess.Popen(
        command, cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def stored(desk: Any) -> int:
    try:
        with Corpus.open(desk.database, read_only=True) as corpus:
            return corpus.stats().articles
    except CorpusError:  # not made yet
        return 0


def until_more_is_stored(desk: Any) -> None:
    before, deadline = stored(desk), time.monotonic() + 60
    while stored(desk) == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_imports_that_are_killed_or_stopped_go_on_where_they_were(desk: Any) -> None:
    path = desk.folder / "large.warc.gz"
    path.write_bytes(b"".join(response(f"https://wire.example/2024/10/01/n-{n}/", html(n)) for n in range(270)))
    process = start(desk, "--warc", path.name)
    until_more_is_stored(desk)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 130)):
        before = stored(desk)
        process = start(desk, "--warc", path.name, "--json")
        until_more_is_stored(desk)
        begun = time.monotonic()
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
        assert time.monotonic() - begun < 10
        assert (process.returncode, errors) == (code, "")
        summary = json.loads(output)
        assert summary["stopped"] == number.name
        assert 0 < summary["stored"] == stored(desk) - before < 270 - before
    before = stored(desk)
    rest = json.loads(desk.run("backfill", "--any-site", "--warc", path.name, "--json").stdout)
    assert (rest["records"], rest["known"], rest["stored"]) == (270 - before, 0, 270 - before)
    assert titles(desk) == numbers(*range(270))
    with Corpus.open(desk.database) as corpus:
        assert corpus.stats().by_outcome == {"stored": 270}
        assert corpus.stats().queued == 0


def test_backfill_walks_a_site_back_to_a_day(desk) -> None:
    (desk.folder / "sources.toml").write_text("[crawl]\ndelay = 0\n")
    done = desk.run("backfill", desk.server.url, "--since", "2000-01-01", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stored"] == 30
    assert desk.run("backfill", desk.server.url).returncode == 2
