"""Pages in WARC files: they come back as they were, other tools read them, and no accident takes an earlier one."""

import gzip
import io
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from cleaning.web.warc import DamagedSection, read_records
from storage import ArchivedPageDamaged, ArchivedPageGone, ArchiveError, ArchivePointer
from storage.archive.exchange import Exchange
from storage.archive.folder import Archive

from .archiving_process import body

PROCESS = Path(__file__).with_name("archiving_process.py")
WARCIO = Path(sys.executable).with_name("warcio")
PAGE = Exchange(
    url="https://wire.example/news/1?page=2",
    fetched_at=datetime(2024, 10, 1, 12, 30, 5, 123456, tzinfo=UTC),
    http_status=200,
    reason="OK",
    request_headers=((b"Host", b"wire.example"), (b"User-Agent", b"Cleanwire/0.1"), (b"Accept", b"text/html")),
    response_headers=(
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Encoding", b"gzip"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", b"31"),
        (b"Link", b"</a>; rel=next"),
        (b"Link", "</b>; title=é".encode()),
        (b"X-Old", "café".encode("latin-1")),
    ),
    body="<html><p>Café closed by a storm</p>".encode() * 50,
    ip_address="192.0.2.7",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "corpus.db.warc"


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def read_with_warcio(path: Path) -> list[tuple[str, bytes]]:
    with path.open("rb") as file:
        return [(record.rec_type, record.content_stream().read()) for record in ArchiveIterator(file)]


def is_fine_for_warcio(path: Path) -> bool:
    check = subprocess.run([WARCIO, "check", "-v", path], capture_output=True, text=True, check=False)
    return check.returncode == 0 and "digest pass" in check.stdout and "fail" not in check.stdout


def test_a_page_comes_back_byte_for_byte(folder: Path) -> None:
    archive = Archive(folder)
    pages = [PAGE, replace(PAGE, body=b""), replace(PAGE, body=b"\r\n\r\nWARC/1.1\r\n"), replace(PAGE, http_status=404)]
    pointers = [archive.write(page) for page in pages]
    assert [Archive(folder).read(pointer) for pointer in pointers] == pages


def test_other_tools_read_it(folder: Path) -> None:
    archive = Archive(folder, operator="mailto:desk@wire.example")
    pointers = [archive.write(replace(PAGE, body=b"<p>%d" % number)) for number in range(3)]
    (path,) = files(folder)
    assert path.name == pointers[0].file
    kinds = ["warcinfo", *["response", "request"] * 3]
    bodies = [b"<p>0", b"<p>1", b"<p>2"]
    read = read_with_warcio(path)
    assert [kind for kind, _ in read] == kinds
    assert [content for kind, content in read if kind == "response"] == bodies
    assert is_fine_for_warcio(path)
    about = gzip.decompress(path.read_bytes()).decode("latin-1")
    assert "operator: mailto:desk@wire.example\r\n" in about
    assert "robots: obey\r\n" in about
    assert about.count("X-Crawl-Content-Encoding: gzip\r\n") == 3
    assert "\r\nContent-Encoding:" not in about
    with path.open("rb") as file:
        file.seek(pointers[1].offset)
        response, request = ArchiveIterator(io.BytesIO(file.read(pointers[1].length)))
    assert request.rec_headers["WARC-Concurrent-To"] == response.rec_headers["WARC-Record-ID"]


def test_times_come_back_in_utc(folder: Path) -> None:
    archive = Archive(folder)
    somewhere = datetime(2024, 10, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert archive.read(archive.write(replace(PAGE, fetched_at=somewhere))).fetched_at == somewhere
    with pytest.raises(ValueError, match="has no time zone"):
        archive.write(replace(PAGE, fetched_at=datetime(2024, 10, 1)))


def test_secrets_are_withheld(folder: Path) -> None:
    secret = ((b"Cookie", b"id=1"), (b"authorization", b"Basic x"), (b"X-Api-Key", b"k"), (b"User-Agent", b"Cw"))
    archive = Archive(folder)
    back = archive.read(archive.write(replace(PAGE, request_headers=secret, response_headers=((b"Set-Cookie", b"s"),))))
    withheld = (b"[withheld]",)
    assert dict(back.request_headers) == {
        b"Host": b"wire.example",
        **dict.fromkeys((b"Cookie", b"authorization", b"X-Api-Key"), *withheld),
        b"User-Agent": b"Cw",
    }
    assert back.response_headers == ((b"Set-Cookie", *withheld),)


HOSTILE = [
    (b"X-A", b"1\r\nWARC-Type: request\r\n\r\nHTTP/1.1 200 OK"),
    (b"X-B\r\nContent-Length", b"0"),
    (b"Content Length", b"1"),
    (b"Content-Length", b"-5"),
    (b"Content-Encoding", b"br"),
    (b"X-Crawl-Content-Encoding", b"gzip"),
    (b"Transfer-Encoding\t", b"chunked"),
    (b"", b"no name"),
    (b":", b"colon"),
    (b"X-Nul", b"\x00\x01\x7f"),
    (b"X-Long", b"a" * 500_000),
    (b"X-Bytes", bytes(range(256))),
    (b" folded", b" continued"),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda header: repr(header[0]))
def test_hostile_headers_damage_nothing(hostile: tuple[bytes, bytes], folder: Path) -> None:
    archive = Archive(folder)
    page = replace(PAGE, response_headers=(hostile, *PAGE.response_headers), request_headers=(hostile,))
    pointer, behind = archive.write(page), archive.write(PAGE)
    assert archive.read(pointer).body == PAGE.body
    assert archive.read(behind) == PAGE
    (path,) = files(folder)
    assert [kind for kind, _ in read_with_warcio(path)] == ["warcinfo", *["response", "request"] * 2]
    assert is_fine_for_warcio(path)


@given(
    headers=st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=20)), max_size=5),
    reason=st.text(max_size=10),
    url=st.text(max_size=20),
    content=st.binary(max_size=300),
)
def test_whatever_a_server_sends_the_body_comes_back(tmp_path_factory, headers, reason, url, content) -> None:
    archive = Archive(tmp_path_factory.getbasetemp() / "hypothesis.warc")
    sent = {"request_headers": tuple(headers), "response_headers": tuple(headers)}
    page = replace(PAGE, url=f"https://wire.example/{url}", reason=reason, body=content, **sent)
    back = archive.read(archive.write(page))
    archive.close()
    assert (back.body, back.http_status) == (content, 200)


@pytest.mark.parametrize(
    "url", ["https://wire.example/a b\r\nWARC-Type: x", "https://wire.example/café?q=ü", "https://[::1/x", "http://x"]
)
def test_odd_addresses(url: str, folder: Path) -> None:
    archive = Archive(folder)
    assert archive.read(archive.write(replace(PAGE, url=url))).body == PAGE.body


def test_large_bodies(folder: Path) -> None:
    archive = Archive(folder)
    for content in (random.Random(1).randbytes(10_000_000), b"0" * 25_000_000):
        assert archive.read(archive.write(replace(PAGE, body=content))).body == content


def test_files_are_rotated(folder: Path) -> None:
    archive = Archive(folder, rotate_bytes=100_000)
    pages = [replace(PAGE, body=random.Random(number).randbytes(30_000)) for number in range(10)]
    pointers = [archive.write(page) for page in pages]
    assert [len(read_with_warcio(path)) for path in files(folder)] == [7, 7, 7, 3]
    assert all(path.stat().st_size <= 100_000 for path in files(folder))
    assert [archive.read(pointer) for pointer in pointers] == pages
    assert [path.name for path in files(folder)] == sorted({pointer.file for pointer in pointers})
    assert archive.size == sum(path.stat().st_size for path in files(folder))
    large = archive.write(replace(PAGE, body=random.Random(1).randbytes(200_000)))
    assert (large.file, large.offset > 0) == (files(folder)[-1].name, True)


def test_a_new_run_begins_a_new_file(folder: Path) -> None:
    names = {Archive(folder).write(PAGE).file for _ in range(3)}
    assert len(names) == 3 == len(files(folder))
    assert not Archive(folder).is_full
    assert len(files(folder)) == 3  # one that writes nothing makes nothing


def test_the_budget_counts_what_is_there(folder: Path) -> None:
    archive = Archive(folder, budget_bytes=100_000)
    page = replace(PAGE, body=random.Random(1).randbytes(30_000))
    assert [archive.write(page) is not None for _ in range(5)] == [True] * 3 + [False] * 2
    assert archive.is_full
    assert archive.write(PAGE) is None  # full is full: an archive of the small pages alone would mislead
    assert archive.size == sum(path.stat().st_size for path in files(folder)) <= 100_000
    again = Archive(folder, budget_bytes=100_000)
    assert not again.is_full
    assert again.write(page) is None
    assert again.is_full
    assert len(files(folder)) == 1
    assert Archive(folder, budget_bytes=200_000).write(page)


def test_nobody_else_may_look_into_the_folder(folder: Path) -> None:
    Archive(folder).write(PAGE)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    before = os.umask(0o027)
    try:
        path = folder / Archive(folder).write(PAGE).file
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_cannot_be_read_has_a_name(folder: Path) -> None:
    archive = Archive(folder)
    pointer = archive.write(PAGE)
    for wrong in (
        replace(pointer, offset=0),
        replace(pointer, offset=pointer.offset + 1),
        replace(pointer, length=pointer.length - 1),
        replace(pointer, length=10),
        replace(pointer, offset=10**9),
        replace(pointer, file="../" + folder.name + "/" + pointer.file),
        replace(pointer, file=str((folder / pointer.file).absolute())),
        replace(pointer, file="/etc/passwd"),
        replace(pointer, file=""),
    ):
        with pytest.raises(ArchivedPageDamaged):
            archive.read(wrong)
    path = folder / pointer.file
    content = bytearray(path.read_bytes())
    content[pointer.offset + pointer.length // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(ArchivedPageDamaged, match="no complete page"):
        archive.read(pointer)
    path.unlink()
    with pytest.raises(ArchivedPageGone, match="no longer exists"):
        archive.read(pointer)


def test_a_folder_that_cannot_be_written_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match=r"cannot read the archive .*: Not a directory"):
        Archive(tmp_path / "file")
    with pytest.raises(ArchiveError, match=r"cannot read the archive .*: Not a directory"):
        Archive(tmp_path / "file" / "folder")


def test_a_folder_that_must_not_be_written_has_a_name(folder: Path) -> None:
    archive = Archive(folder)
    folder.parent.chmod(0o500)
    user = os.geteuid()
    os.seteuid(user or 65534)  # root may write anywhere
    try:
        with pytest.raises(ArchiveError, match=r"cannot write to the archive .*: Permission denied"):
            archive.write(PAGE)
    finally:
        os.seteuid(user)


# Accidents


def begin(folder: Path, first: int, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROCESS), str(folder), str(first), str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def pointers_of(lines: list[str]) -> dict[int, ArchivePointer]:
    pointers = {}
    for line in lines:
        number, name, offset, length = line.split()
        pointers[int(number)] = ArchivePointer(name, int(offset), int(length))
    return pointers


def test_kill_9_loses_nothing_that_was_promised(folder: Path) -> None:
    promised: dict[int, ArchivePointer] = {}
    chance = random.Random(5)
    for run in range(6):
        process = begin(folder, run * 100_000)
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(chance.uniform(0.0, 0.25))
        process.send_signal(signal.SIGKILL)
        lines += [line for line in process.stdout if line.endswith("\n")]
        process.wait()
        promised |= pointers_of(lines)
    archive = Archive(folder)
    assert len(promised) > 50
    assert all(archive.read(pointer).body == body(number) for number, pointer in promised.items())
    for path in files(folder):
        with path.open("rb") as file:
            damages = [record for record in read_records(file) if isinstance(record, DamagedSection)]
        assert all(damage.resume_at == path.stat().st_size for damage in damages)


def test_a_file_cut_off_anywhere_keeps_its_earlier_pages(folder: Path, tmp_path: Path) -> None:
    archive = Archive(folder)
    pages = {archive.write(replace(PAGE, body=body(number))): number for number in range(12)}
    (path,) = files(folder)
    whole = path.read_bytes()
    short = tmp_path / path.name
    for cut in random.Random(3).sample(range(1, len(whole)), 60):
        short.write_bytes(whole[:cut])
        kept = [pointer for pointer in pages if pointer.offset + pointer.length <= cut]
        reader = Archive(tmp_path)
        assert all(reader.read(pointer).body == body(pages[pointer]) for pointer in kept)
        with short.open("rb") as file:
            *before, last = read_records(file)
        starts = [pointer.offset for pointer in pages]
        assert [record.start for record in before] == [start for start in starts if start < last.start]
        assert isinstance(last, DamagedSection) or last.resume_at <= cut


def test_a_full_disk_tears_nothing(folder: Path) -> None:
    process = begin(folder, 1, limit=900_000)
    lines = process.communicate(timeout=60)[0].splitlines()
    errors = [line for line in lines if line.startswith("error")]
    assert errors
    assert "cannot write to the archive" in errors[0]
    assert "File too large" in errors[0]
    pointers = pointers_of([line for line in lines if not line.startswith("error")])
    assert any(number > len(pointers) for number in pointers), "small pages still fit after a large one did not"
    archive = Archive(folder)
    assert all(archive.read(pointer).body == body(number) for number, pointer in pointers.items())
    (path,) = files(folder)
    assert is_fine_for_warcio(path)


@pytest.fixture
def small_disk(tmp_path: Path):
    """A disk of 1 MB."""
    mount = shutil.which("mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True)
    if not made or made.returncode:
        pytest.skip("no disk can be mounted here; the test before this one stands in for it")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_small_disk(small_disk: Path) -> None:
    archive = Archive(small_disk / "archive")
    written: dict[ArchivePointer, int] = {}

    def write_until_full() -> None:
        for number in range(1000):
            written[archive.write(replace(PAGE, body=body(number)))] = number

    with pytest.raises(ArchiveError, match="No space left on device"):
        write_until_full()
    archive.close()
    assert written
    assert all(archive.read(pointer).body == body(number) for pointer, number in written.items())
    assert all(is_fine_for_warcio(path) for path in files(small_disk / "archive"))


def test_threads_do_not_get_in_each_others_way(folder: Path) -> None:
    archive = Archive(folder, rotate_bytes=50_000)
    pointers: dict[int, ArchivePointer] = {}

    def work(first: int) -> None:
        for number in range(first, first + 20):
            pointers[number] = archive.write(replace(PAGE, body=body(number)))

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(archive.read(pointer).body == body(number) for number, pointer in pointers.items())
