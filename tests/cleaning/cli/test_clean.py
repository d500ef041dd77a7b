"""``cleanwire clean`` over files, folders, archives, addresses and standard input."""

import gzip
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hostile_pages import HANGING
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cleaning.cli.clean import clean
from cleaning.cli.fetch import Fetcher, FetchError
from cleaning.cli.runtime import open_output
from cleaning.output.explain_html import PAGE_START
from cleaning.worker_preload import SAMPLE_PAGE

OTHER = SAMPLE_PAGE.replace(b"Harbour closed", b"Market closed").replace(b"harbour", b"market")


def run(*arguments: object, sent: bytes | None = None, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(clean, [str(argument) for argument in arguments], input=sent)


def ended(result: Result, code: int, said: str = "") -> bool:
    """Whether a run ended with an exit code and said something, and never with a traceback."""
    assert (result.exit_code, "Traceback" in result.stderr) == (code, False), result.output
    return said in result.stderr


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_bytes(SAMPLE_PAGE)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with five pages, of which three hold an article, and things that are none."""
    top = tmp_path / "saved"
    (top / "2024" / "deep").mkdir(parents=True)
    (top / "a.html").write_bytes(SAMPLE_PAGE)
    (top / "2024" / "b.HTM").write_bytes(OTHER)
    (top / "2024" / "empty.html").write_bytes(b"")
    (top / "2024" / "deep" / "c.txt").write_text("Flood cuts road\n\nThe river rose on Monday, officials said.\n")
    (top / "short.xhtml").write_bytes(b"<html><body><p>Fog this morning.</p></body></html>")
    (top / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (top / "a.html~").write_bytes(SAMPLE_PAGE)
    return top


def archive(*pages: tuple[str, bytes, str, str], compressed: bool = True) -> bytes:
    """A WARC file of responses: address, body, status and content type; bodies are gzipped and chunked."""
    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=compressed)
    for url, body, status, kind in pages:
        packed = gzip.compress(body)
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
        encodings = [("Content-Type", kind), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]
        headers = StatusAndHeaders(status, encodings, protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "request", payload=io.BytesIO(b"GET / HTTP/1.1\r\n\r\n")))
        writer.write_record(
            writer.create_warc_record(url, "response", payload=io.BytesIO(chunked), http_headers=headers)
        )
    return stream.getvalue()


CYRILLIC = SAMPLE_PAGE.decode().replace("The harbour was closed", "Гавань была закрыта").encode("koi8-r")
ARCHIVED = (
    ("https://news.example/a", SAMPLE_PAGE, "200 OK", "text/html; charset=utf-8"),
    ("https://news.example/style.css", b"p { color: red }", "200 OK", "text/css"),
    ("https://news.example/gone", b"<html><body><h1>Gone</h1></body></html>", "404 Not Found", "text/html"),
    ("https://news.example/ru", CYRILLIC, "200 OK", "text/html; charset=KOI8-R"),
    ("https://news.example/empty", b"", "200 OK", "text/html"),
)


# Folders and archives


def test_a_folder_is_cleaned_with_all_folders_in_it(folder: Path) -> None:
    result = run("--json", folder)
    assert ended(result, 0, "5 pages in ")
    assert "article 3, " in result.stderr
    assert len(result.stderr.splitlines()) == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(Path(line["file"]).relative_to(folder).as_posix(), line["outcome"]) for line in lines] == [
        ("a.html", "article"),
        ("short.xhtml", "too-short"),
        ("2024/b.HTM", "article"),
        ("2024/empty.html", "empty"),
        ("2024/deep/c.txt", "article"),
    ]


def test_verbose_tells_every_pages_outcome(folder: Path) -> None:
    result = run("-v", folder)
    assert ended(result, 0, f"{folder / 'a.html'}: article: Harbour closed by a storm\n")
    assert f"{folder / '2024' / 'empty.html'}: empty: the page has no text\n" in result.stderr
    assert len(result.stderr.splitlines()) == 6


def test_several_texts_are_told_apart(folder: Path, page: Path) -> None:
    text = run(page, folder / "2024" / "b.HTM").stdout
    assert text.startswith(f"==> {page} <==\nHarbour closed by a storm\n\n")
    assert f"\n\n==> {folder / '2024' / 'b.HTM'} <==\nMarket closed by a storm\n\n" in text
    assert run("--format", "markdown", page, page).stdout.count("\n---\n\n# Harbour closed by a storm\n") == 1
    assert "==>" not in run(page).stdout


@pytest.mark.parametrize("compressed", [True, False])
def test_an_archives_pages_are_cleaned_under_their_addresses(compressed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("crawl.warc.gz" if compressed else "crawl.warc")
    path.write_bytes(archive(*ARCHIVED, compressed=compressed))
    result = run("--json", path)
    assert ended(result, 0, "3 pages in ")
    first, russian, empty = map(json.loads, result.stdout.splitlines())
    assert (first["file"], first["article"]["url"]) == (str(path), "https://news.example/a")
    assert russian["article"]["text"].startswith("Гавань была закрыта")
    assert (empty["url"], empty["outcome"]) == ("https://news.example/empty", "empty")


def test_a_damaged_archive_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc"
    one = archive(ARCHIVED[0], compressed=False)
    path.write_bytes(one + one[:-200])
    result = run(path)
    broken = (one + one).rindex(b"WARC/1.0")
    assert ended(result, 3, f"{path}: damaged at byte {broken}: the record is incomplete\n")
    assert result.stdout.count("The harbour was closed") == 1
    for content in (b"", b"<html>", SAMPLE_PAGE, gzip.compress(SAMPLE_PAGE), bytes(range(256)) * 9):
        path.write_bytes(content)
        assert ended(run(path), 4, f"{path}: not a WARC file, or damaged\n")


def test_an_archive_in_a_folder_is_read(folder: Path) -> None:
    (folder / "crawl.warc.gz").write_bytes(archive(ARCHIVED[0]))
    assert ended(run(folder), 0, "6 pages in ")


def test_folders_and_archives_without_a_page(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert ended(run(tmp_path / "nothing"), 5, "nothing: contains no pages (*.html, ")
    (tmp_path / "style.warc.gz").write_bytes(archive(ARCHIVED[1]))
    assert ended(run(tmp_path / "style.warc.gz"), 5, "contains no pages")


def test_what_cannot_be_read_is_told_and_the_others_are_cleaned(folder: Path) -> None:
    (folder / "broken.html").symlink_to("not-there")
    result = run(folder)
    assert ended(result, 3, f"{folder / 'broken.html'}: cannot be read: No such file or directory\n")
    assert "The harbour was closed" in result.stdout
    assert "unreadable 1" in result.stderr


def test_a_slow_page_is_given_up_and_the_others_are_cleaned(folder: Path) -> None:
    (folder / "slow.html").write_text(HANGING)
    result = run("--deadline", "1", folder)
    assert ended(result, 3, f"{folder / 'slow.html'}: timeout: took longer than ")
    assert "article 3" in result.stderr
    assert ended(run("--deadline", "1", folder / "slow.html"), 4, "timeout")


def test_a_page_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_bytes(b"<html><body>" + b" " * 20_000_000)
    assert ended(run(path), 5, f"{path}: too-large: ")


# Addresses


class Site(BaseHTTPRequestHandler):
    requests: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.requests.append((self.path, self.headers["User-Agent"]))
        match self.path:
            case "/story" | "/moved/story":
                self.answer(200, gzip.compress(CYRILLIC), "text/html; charset=koi8-r", ("Content-Encoding", "gzip"))
            case "/moved":
                self.answer(301, b"", "text/html", ("Location", "/story"))
            case "/round":
                self.answer(302, b"", "text/html", ("Location", "/round"))
            case "/file":
                self.answer(302, b"", "text/html", ("Location", "file:///etc/passwd"))
            case "/huge":
                self.answer(200, b"<html>" + b" " * 11 * 1024 * 1024, "text/html")
            case "/torn":
                self.answer(200, SAMPLE_PAGE[:200], "text/html", ("Content-Length", "9999"))
            case "/broken":
                self.answer(200, SAMPLE_PAGE, "text/html", ("Content-Encoding", "gzip"))
            case "/empty":
                self.answer(200, b"", "text/html")
            case _:
                self.answer(404, b"<html><body><h1>Not here</h1></body></html>", "text/html")

    def answer(self, status: int, body: bytes, kind: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), *headers):
            self.send_header(name, value)
        if "Content-Length" not in dict(headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    Site.requests = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("cleaning.cli.fetch.PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1\\@93.184.216.34/", "http:\\\\127.0.0.1/x", "//2130706433/", "http://[::1]/"]
)
def test_no_redirect_leads_from_the_public_network_into_ours(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    asked: list[str] = []

    def redirected(self: Fetcher, address: str) -> str:
        asked.append(address)
        return place

    monkeypatch.setattr(Fetcher, "_fetch_once", redirected)
    with pytest.raises(FetchError, match="which is not a public address"):
        Fetcher().fetch("https://93.184.216.34/story")
    assert asked == ["https://93.184.216.34/story"]


def test_an_address_is_fetched_honestly_and_its_redirects_are_followed(site: str) -> None:
    Site.requests.clear()
    result = run("--json", f"{site}/moved#top", CLEANWIRE_CONTACT="mailto:desk@news.example")
    assert ended(result, 0)
    found = json.loads(result.stdout)
    assert (found["file"], found["article"]["url"]) == (f"{site}/moved#top", f"{site}/story")
    assert found["article"]["text"].startswith("Гавань была закрыта")
    assert [path for path, _ in Site.requests] == ["/moved", "/story"]
    assert all(agent.startswith("Cleanwire/") for _, agent in Site.requests)
    assert all(agent.endswith("(+mailto:desk@news.example)") for _, agent in Site.requests)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/gone", "the server answered 404 Not Found"),
        ("/round", "more than 8 redirects"),
        ("/file", "not an http(s) URL: 'file:///etc/passwd'"),
        ("/huge", "the page is larger than 10 MB"),
        ("/torn", "the connection was interrupted"),
        ("/broken", "the compressed page is corrupt"),
    ],
)
def test_what_a_server_does_wrong_is_told_in_a_sentence(site: str, path: str, said: str) -> None:
    result = run(site + path)
    assert ended(result, 4)
    assert result.stderr == f"{site}{path}: {said}\n"


def test_an_address_without_an_article_is_no_failure(site: str) -> None:
    assert ended(run(f"{site}/empty"), 5, "empty: ")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:9/", "could not connect to the server"),
        ("https://no-such-host.invalid/", "could not resolve the host name (DNS)"),
        ("http:///story", "host name"),
        ("http://news.example:port/", "port"),
    ],
)
def test_an_address_that_does_not_answer_is_told_in_a_sentence(address: str, said: str) -> None:
    assert ended(run(address), 4, said)


def test_a_server_without_tls_is_not_trusted(site: str) -> None:
    assert ended(run(site.replace("http:", "https:")), 4, "could not establish a trusted TLS connection")


def test_some_addresses_may_fail(site: str) -> None:
    result = run(f"{site}/gone", f"{site}/story")
    assert ended(result, 3, "404")
    assert "Гавань была закрыта" in result.stdout


# What is typed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "missing argument INPUT"),
        (["nothing.html"], "'nothing.html' does not exist"),
        (["news.example/story"], "URLs begin with https://"),
        (["ftp://news.example/a"], "only http and https"),
        (["--url", "https://news.example", "{page}", "{page}"], "--url requires exactly one page"),
        (["--url", "https://news.example", "{folder}"], "--url requires exactly one page"),
        (["--url", "https://news.example", "https://news.example/a"], "--url requires exactly one page"),
        (["--json", "--format", "text", "{page}"], "--json cannot be combined with another --format"),
        (["--captions", "--explain", "{page}"], "--explain cannot be combined with --captions"),
        (["--json", "--explain", "{page}"], "--explain cannot be combined with --format or --json"),
        (["--explain=a.html", "-o", "b.html", "{page}"], "use either --explain FILE.html or --output"),
        (["--explain", "mistyped.html"], "file or folder 'mistyped.html' does not exist"),
        (["-o", "/nowhere/at/all", "{page}"], "cannot write /nowhere/at/all: "),
        (["--workers", "0", "{page}"], "--workers"),
        (["--deadline", "0", "{page}"], "--deadline"),
        (["--format", "pdf", "{page}"], "--format"),
    ],
)
def test_usage_errors_are_sentences(arguments: list[str], said: str, page: Path, folder: Path) -> None:
    result = run(*(argument.format(page=page, folder=folder) for argument in arguments))
    assert ended(result, 2, said)
    assert result.stdout == ""


def test_markdown(page: Path) -> None:
    markdown = run("--format", "markdown", page).stdout
    assert markdown.startswith("# Harbour closed by a storm\n\nThe harbour was closed on Tuesday")


def test_output_takes_its_name_when_it_is_complete(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "articles.jsonl"
    assert run("--json", folder, "-o", target).stdout == ""
    assert len(target.read_text().splitlines()) == 5
    assert not list(tmp_path.glob(".*.partial"))


# Explaining


def test_explaining_an_input_never_writes_over_it(page: Path) -> None:
    for arguments in (["--explain", page], [page, "--explain"], ["--explain", page, page]):
        assert "[-2 January 2024-] published" in run(*arguments).stdout
        assert page.read_bytes() == SAMPLE_PAGE


@pytest.mark.parametrize(
    "form", [["{page}", "--explain", "{why}"], ["--explain", "{why}", "{page}"], ["--explain={why}", "{page}"]]
)
def test_explaining_to_a_page(form: list[str], page: Path, tmp_path: Path) -> None:
    why = tmp_path / "why.html"
    for _ in range(2):  # the second time it is there, and is ours
        result = run(*(word.format(page=page, why=why) for word in form))
        assert ended(result, 0, f"written to {why}\n")
        assert result.stdout == ""
        html = why.read_text("utf-8")
        assert html.startswith(PAGE_START)
        assert "<del>2 January 2024</del>" in html


def test_explaining_several_pages_to_one(page: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_bytes(b"")
    assert ended(run(page, tmp_path / "empty.html", "--explain", tmp_path / "why.html"), 5)
    html = (tmp_path / "why.html").read_text("utf-8")
    assert html.count("<section") == 2
    assert "<b>empty</b>: the page has no text" in html


# As a program


README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("line", re.findall(r"^\$ cleanwire (clean .*?)(?: +#.*)?$", README, re.MULTILINE))
def test_the_readmes_lines_run(
    line: str, page: Path, folder: Path, site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crawl.warc.gz").write_bytes(archive(ARCHIVED[0]))
    assert ended(run(*shlex.split(line.replace("https://news.example", site))[1:]), 0)


def started(*arguments: object, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cleaning", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


@pytest.mark.parametrize(
    ("option", "said"),
    [("-h", "Usage: python -m cleaning"), ("--help", "Examples:"), ("--version", "cleanwire, version ")],
)
def test_module_has_help_and_version(option: str, said: str) -> None:
    output, errors = started(option).communicate(timeout=30)
    assert said in output
    assert errors == ""


def test_an_output_that_another_call_writes_is_left_to_it(tmp_path: Path) -> None:
    output = tmp_path / "out.txt"
    with open_output(output) as first:
        first.write("first")
        with pytest.raises(click.UsageError, match="is being written by another program"), open_output(output):
            pass
    assert output.read_text() == "first"


def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "slow.html").write_text(HANGING)
    process = started(tmp_path / "pages", "-o", tmp_path / "out", start_new_session=True)
    until = time.monotonic() + 20
    while not (tmp_path / ".out.partial").exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=15)
    assert (process.returncode, errors.strip()) == (130, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pages"]


def test_full_disks_and_closed_pipes(folder: Path) -> None:
    command = f"{sys.executable} -m cleaning {folder}"
    full = subprocess.run(f"{command} > /dev/full", shell=True, capture_output=True, check=False)
    assert (full.returncode, b"Traceback" in full.stderr) == (74, False)
    piped = subprocess.run(["bash", "-c", f"set -o pipefail; {command} | true"], capture_output=True, check=False)
    assert (piped.returncode, b"Traceback" in piped.stderr) in [(141, False), (0, False)]


def test_paths_are_completed(page: Path) -> None:
    environment = {
        **os.environ,
        "_CLEANWIRE_COMPLETE": "bash_complete",
        "COMP_WORDS": "cleanwire clean p",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("cleanwire")], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "file,p\n"
