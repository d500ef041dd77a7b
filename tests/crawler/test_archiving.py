"""Every page that came is in the archive, and its fetch points there."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from crawler.demo import make_big_site, serve
from storage import Archive, ArchivePointer

SETTINGS = "from crawler.config.models import ArchiveConfig; asked['options']['archive'] = ArchiveConfig({})"


def fetches(database: str) -> list[tuple]:
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        return connection.execute(
            "SELECT final_url, bytes, archive_file, archive_offset, archive_length FROM fetch WHERE outcome = 'stored'"
        ).fetchall()


def test_every_page_that_came_can_be_read_back(start_crawl, database: str) -> None:
    with serve(make_big_site(6)) as server:
        crawled = start_crawl(
            "http://dhow.example/",
            environment={"http_proxy": server.url},
            before=SETTINGS.format("rotate=20_000"),
        ).wait()
    assert (crawled["counts"]["stored"], crawled.errors) == (6, "")
    folder = Path(f"{database.removeprefix('sqlite:///')}.warc")
    archive, rows = Archive(folder), fetches(database)
    assert len(rows) == 6
    for url, size, *pointer in rows:
        exchange = archive.read(ArchivePointer(*pointer))
        assert (exchange.url, exchange.http_status, len(exchange.body)) == (url, 200, size)
        assert b"User-Agent" in dict(exchange.request_headers)
    files = sorted(folder.iterdir())
    assert len(files) > 1
    check = [sys.executable, "-c", "import sys; from warcio.cli import main; main(['check', *sys.argv[1:]])"]
    subprocess.run([*check, *map(str, files)], check=True, timeout=60)


def test_an_archive_that_is_full_or_broken_stops_alone(start_crawl, database: str) -> None:
    with serve({"full.example": make_big_site(4), "broken.example": make_big_site(3)}) as server:
        environment = {"http_proxy": server.url}
        full = start_crawl(
            "http://full.example/", environment=environment, before=SETTINGS.format("budget=8_000")
        ).wait()
        folder = "__import__('pathlib').Path('/proc/archive')"  # where not even root can make one
        broken = start_crawl(
            "http://broken.example/", environment=environment, before=SETTINGS.format(f"folder={folder}")
        ).wait()
    assert (full["counts"]["stored"], full["exit_code"]) == (4, 0)
    assert ["has reached its budget" in note for note in full["notes"]] == [True]
    assert (broken["counts"]["stored"], broken["exit_code"]) == (3, 0)
    assert ["cannot write to the archive" in note for note in broken["notes"]] == [True]
