"""``cleanwire export`` and ``cleanwire feed``, run as a user runs them."""

import csv
import json
import os
import pty
import re
import resource
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import feedparser
import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from cleaning.usage import UsageStatement
from storage import Corpus

FOLDERS = ["hf", "text"]


def shell(desk: Any, line: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which $C is the command."""
    environment = {**os.environ, "CLEANWIRE_DATABASE": desk.database, "C": str(desk.executable)}
    command = ["bash", "-o", "pipefail", "-c", line]
    return subprocess.run(
        command, cwd=desk.folder, env=environment, capture_output=True, check=False, timeout=120, **options
    )


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.endswith((".partial", ".old"))]


@pytest.fixture
def target(crawled: Any, tmp_path: Path) -> Path:
    """A folder to write to."""
    return tmp_path


def test_the_name_of_the_output_says_the_format(crawled: Any, target: Path) -> None:
    for name in ("a.jsonl", "a.csv", "a.parquet", "a.warc.gz", "a"):
        done = crawled.run("export", "--lang", "so", "-o", str(target / name))
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert re.fullmatch(rf"4 articles written to {target / name} in \d+\.\d s(;.*)?\n", done.stderr)
    lines = (target / "a.jsonl").read_text("utf-8").splitlines()
    titles = {json.loads(line)["title"] for line in lines}
    with (target / "a.csv").open(newline="", encoding="utf-8") as rows:
        assert {row["title"] for row in csv.DictReader(rows)} == titles
    assert set(pq.read_table(target / "a.parquet")["title"].to_pylist()) == titles
    assert (target / "a").read_bytes() == (target / "a.jsonl").read_bytes()
    assert not leftovers(target)


def test_what_may_not_be_used_for_a_purpose_is_left_out_and_counted(crawled: Any, target: Path) -> None:
    database = crawled.folder / "corpus.db"
    stated = json.dumps([asdict(UsageStatement("robots.txt Content-Signal", "ai-train", False))])
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "update article set usage_statements = ? where id in "
            "(select id from article where language = 'so' order by id limit 1)",
            (stated,),
        )
    try:
        done = crawled.run("export", "--lang", "so", "--purpose", "ai-train", "-o", str(target / "a.jsonl"))
        assert "1 articles left out: their sites forbid the use for ai-train\n" in done.stderr
        assert len((target / "a.jsonl").read_text("utf-8").splitlines()) == 3
        assert "left out" not in crawled.run("export", "--lang", "so", "--purpose", "search").stderr
        assert crawled.run("export", "--purpose", "fun").returncode == 2
    finally:
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("update article set usage_statements = '[]'")


def test_a_format_that_is_named_counts_more(crawled: Any, target: Path) -> None:
    assert crawled.run("export", "--format", "csv", "-o", str(target / "a.parquet")).returncode == 0
    assert (target / "a.parquet").read_text("utf-8").startswith("id,url,")


def test_warc_has_the_pages_of_the_archive(crawled: Any, target: Path) -> None:
    assert crawled.run("export", "--lang", "so", "-o", str(target / "a.warc.gz")).stderr.count("archived") == 0
    with (target / "a.warc.gz").open("rb") as file:
        kinds = [record.rec_type for record in ArchiveIterator(file, check_digests="raise")]
    assert kinds == ["warcinfo", *["response", "request"] * 4]
    (target / "empty").mkdir()
    elsewhere = ["--archive", str(target / "empty")]
    done = crawled.run("export", "--lang", "so", "-o", str(target / "b.warc.gz"), *elsewhere)
    assert "; 4 as text because their pages are not archived" in done.stderr


@pytest.mark.parametrize("form", FOLDERS)
def test_a_folder_is_complete_and_replaces_an_earlier_export(crawled: Any, target: Path, form: str) -> None:
    folder = target / "out"
    for count, filters in ((30, []), (4, ["--lang", "so"])):
        done = crawled.run("export", "--format", form, "-o", f"{folder}/", *filters)
        assert (done.returncode, f"{count} articles" in done.stderr) == (0, True), done.stderr
        if form == "hf":
            assert pq.read_table(folder / "data/train-00000-of-00001.parquet").num_rows == count
        else:
            assert len(list(folder.glob("*.txt"))) == count
    assert [path.name for path in target.iterdir()] == ["out"]


@pytest.mark.parametrize("form", FOLDERS)
def test_a_folder_that_is_none_of_ours_is_left_alone(crawled: Any, target: Path, form: str) -> None:
    folder = target / "out"
    folder.mkdir()
    assert crawled.run("export", "--format", form, "-o", str(folder)).returncode == 0  # an empty one is fine
    (folder / "notes.md").write_text("mine")
    done = crawled.run("export", "--format", form, "-o", str(folder))
    assert (done.returncode, "notes.md" in done.stderr, (folder / "notes.md").read_text()) == (2, True, "mine")
    (folder / ".cleanwire-export").unlink()
    done = crawled.run("export", "--format", form, "-o", str(folder))
    assert (done.returncode, f"not an earlier {form} export" in done.stderr) == (2, True)
    (target / "file").write_text("mine")
    done = crawled.run("export", "--format", form, "-o", str(target / "file"))
    assert (done.returncode, "is a file" in done.stderr, (target / "file").read_text()) == (2, True, "mine")
    assert not leftovers(target)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "hf"], "--output"),
        (["--format", "text", "-o", "-"], "--output"),
        (["--format", "text", "-o", "/dev/null"], "--output"),
        (["-o", "corpus.csv.gz"], "--format"),
        (["-o", "."], "folder"),
        (["-o", "/nowhere/at/all.parquet"], "cannot write /nowhere/at/all.parquet: "),
        (["--format", "hf", "-o", "/nowhere/at/all"], "cannot be written"),
        (["--format", "xml"], "xml"),
    ],
)
def test_what_cannot_be_is_a_usage_error(crawled: Any, arguments: list[str], said: str) -> None:
    done = crawled.run("export", *arguments)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_devices_and_links_stay_what_they_are(crawled: Any, target: Path) -> None:
    assert crawled.run("export", "-o", "/dev/null").returncode == 0
    assert not Path("/dev/null").is_file()
    (target / "link.jsonl").symlink_to("real.jsonl")
    assert crawled.run("export", "-o", str(target / "link.jsonl")).returncode == 0
    assert (target / "link.jsonl").is_symlink()
    assert (target / "real.jsonl").is_file()


def test_parquet_through_a_pipe(crawled: Any, target: Path) -> None:
    done = shell(crawled, f"$C export --format parquet | cat > {target}/a.parquet")
    assert (done.returncode, done.stderr) == (0, b"")
    assert pq.read_table(target / "a.parquet").num_rows == 30


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "warc"])
def test_standard_output_that_is_full_or_closed(crawled: Any, form: str) -> None:
    full = shell(crawled, f"$C export --format {form} > /dev/full")
    assert (full.returncode, full.stderr.count(b"\n")) == (74, 1), full.stderr
    assert b"No space left on device" in full.stderr
    closed = shell(crawled, f"$C export --format {form} | true")
    assert (closed.returncode, closed.stderr) == (141, b"")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "warc", *FOLDERS])
def test_a_disk_that_fills_up_leaves_nothing_behind(crawled: Any, target: Path, form: str) -> None:
    def with_little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500, 1_500))

    with Corpus.open(crawled.database) as corpus:  # SQLite's own files are there, and need not grow
        corpus.stats()
        done = shell(crawled, f"exec $C export --format {form} -o {target}/out", preexec_fn=with_little_room)
    assert (done.returncode, b"Traceback" in done.stderr) == (74, False), done.stderr
    assert f"{target}/out could not be written: File too large".encode() in done.stderr
    assert not list(target.iterdir())


def test_parquet_needs_pyarrow(crawled: Any, target: Path) -> None:
    (target / "pyarrow.py").write_text("raise ModuleNotFoundError(name='pyarrow')")
    for form in ("parquet", "hf"):
        done = crawled.run("export", "--format", form, "-o", str(target / "out"), PYTHONPATH=before(target))
        assert (done.returncode, "pip install 'cleanwire[parquet]'" in done.stderr) == (2, True), done.stderr
        assert not (target / "out").exists()


def before(folder: Path) -> str:
    """The path of modules with a folder in front."""
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


def on_terminal(desk: Any, *arguments: str) -> tuple[int, str]:
    """Run the command with a terminal as its standard output and error: its exit code, and what the terminal got."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "CLEANWIRE_DATABASE": desk.database, "TERM": "xterm", "COLUMNS": "200"}
    with subprocess.Popen(
        [desk.executable, *arguments], cwd=desk.folder, env=environment, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # how Linux says that the other side is closed
            pass
    os.close(ours)
    return process.returncode, shown.decode()


def test_on_a_terminal(crawled: Any, target: Path) -> None:
    for form in ("parquet", "warc"):
        code, shown = on_terminal(crawled, "export", "--format", form)
        assert (code, "cannot be printed on a terminal" in shown) == (2, True)
    code, shown = on_terminal(crawled, "export", "--output", str(target / "a.csv"))
    assert (code, "reading the corpus" in shown, "30 articles written" in shown) == (0, True, True)
    code, shown = on_terminal(crawled, "export", "--lang", "zh")
    assert (code, "reading the corpus" in shown) == (0, False)


@pytest.mark.parametrize(("form", "version"), [("atom", "atom10"), ("rss", "rss20"), ("json", "json11")])
def test_feeds_have_the_newest_articles(crawled: Any, form: str, version: str) -> None:
    newest = json.loads(crawled.run("search", "--order", "date", "--limit", "5", "--json").stdout)
    done = crawled.run(
        "feed", "--format", form, "--limit", "5", "--title", "Dhow <Post>", "--link", "https://d.example/"
    )
    assert (done.returncode, done.stderr) == (0, "")
    if form == "json":
        feed = json.loads(done.stdout)
        assert (feed["title"], [item["title"] for item in feed["items"]]) == (
            "Dhow <Post>",
            [hit["title"] for hit in newest],
        )
        return
    read = feedparser.parse(done.stdout)
    assert (read.version, bool(read.bozo)) == (version, False)
    assert [entry.title for entry in read.entries] == [hit["title"] for hit in newest]
    assert read.feed.link == "https://d.example/"


def test_feeds_have_filters_and_files(crawled: Any, target: Path) -> None:
    assert crawled.run("feed", "ceasefire", "--lang", "en", "-o", str(target / "feed.xml")).stdout == ""
    read = feedparser.parse((target / "feed.xml").read_bytes())
    assert read.feed.title == "ceasefire · en"
    assert read.entries
    assert {entry.content[0].language for entry in read.entries} == {"en"}
    first = crawled.run("feed", "--limit", "3").stdout
    assert crawled.run("feed", "--limit", "3").stdout == first  # nothing new, nothing changed
    nothing = crawled.run("feed", "nothingtobefound")
    assert (nothing.returncode, feedparser.parse(nothing.stdout).entries) == (0, [])
    assert crawled.run("feed", "--langg", "en").returncode == 2


def test_export_has_every_article_with_lists_and_zones(crawled: Any) -> None:
    lines = [json.loads(line) for line in crawled.run("export").stdout.splitlines()]
    assert len(lines) == 30
    keys = {
        "url",
        "canonical_url",
        "title",
        "text",
        "authors",
        "editors",
        "credits",
        "published",
        "modified",
        "language",
        "site_name",
    }
    assert all(keys <= set(line) for line in lines)
    assert all(isinstance(line["authors"], list) for line in lines)
    assert all(line["published"][-6] in "+-" for line in lines)


def test_export_to_a_file_leaves_no_half_written_one(crawled: Any) -> None:
    target = crawled.folder / "so.jsonl"
    assert crawled.run("export", "--lang", "so", "-o", str(target)).returncode == 0
    assert len(target.read_text().splitlines()) == 4
    assert not list(crawled.folder.glob(".*.partial"))
    done = crawled.run("export", "-o", "/nowhere/at/all.jsonl")
    assert done.returncode == 2
    assert "cannot write /nowhere/at/all.jsonl: " in done.stderr


def test_output_that_cannot_be_written(crawled: Any) -> None:
    command = f"{crawled.folder / 'cleanwire'} export"
    (crawled.folder / "cleanwire").symlink_to(crawled.executable)
    environment = {**os.environ, "CLEANWIRE_DATABASE": crawled.database}
    full = subprocess.run(f"{command} > /dev/full", shell=True, env=environment, capture_output=True, check=False)
    assert (full.returncode, b"Traceback" in full.stderr) == (74, False)
    piped = ["bash", "-c", f"set -o pipefail; {command} | head -n 1"]
    closed = subprocess.run(piped, env=environment, capture_output=True, check=False)
    assert (closed.returncode, closed.stderr) == (141, b"")


def test_exported_lines_are_utf8_in_any_locale(crawled: Any) -> None:
    done = crawled.run("export", "--lang", "zh", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", LC_ALL="C")
    assert json.loads(done.stdout)["language"] == "zh"
