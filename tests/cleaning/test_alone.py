"""The cleaner alone: without Scrapy and SQL, and as a program."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cleaning.cli.clean import clean
from cleaning.cli.runtime import EXIT_NO_ARTICLE

PAGE = """<html><head><title>Dyke to be rebuilt</title></head><body><article><h1>Dyke to be rebuilt</h1>
<p>The council of Velden Bay voted on Tuesday to rebuild the northern dyke before the next storm season begins.</p>
<p>Eleven of its fifteen members backed the plan, which will cost about a third of what the town collects.</p>
<p>Work is to begin in April with the stretch beside the fish market, where the water came over the top.</p>
<p>Edited by: Ali Musa</p></article></body></html>"""

BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"scrapy", "twisted", "sqlalchemy", "alembic", "storage", "crawler"}:
            raise ImportError(f"{name} is not installed")

sys.meta_path.insert(0, Blocker())
from cleaning import clean, clean_text
page = open(sys.argv[1], encoding="utf-8").read()
assert clean(page).editors == ("Ali Musa",)
assert clean(page.encode()).title == "Dyke to be rebuilt"
text = "Flood cuts road\\n\\nThe river rose on Monday, officials said.\\n\\nEdited by: Ali Musa"
assert clean_text(text).editors == ("Ali Musa",)
for blocked in ("scrapy", "twisted", "sqlalchemy", "alembic"):
    assert blocked not in sys.modules, blocked
print("works")
"""

NO_ARTICLES = {
    "empty": (b"", "empty"),
    "white space": (b" \n\n", "empty"),
    "PDF": (b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n", "not-html"),
    "JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)), "not-html"),
    "random": (bytes((i * 197 + 89) % 256 for i in range(4000)), "not-html"),
    "JSON": (b'{"title": "A market"}', "not-html"),
    "short": (b"<html><body><p>Fog this morning.</p></body></html>", "too-short"),
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, "utf-8")
    return path


def run(*arguments: object, sent: bytes | None = None) -> Result:
    return CliRunner().invoke(clean, [str(argument) for argument in arguments], input=sent)


def test_works_without_scrapy_and_sql(page: Path) -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED, str(page)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("works\n", "")


def test_runs_as_a_module_over_several_files(page: Path, tmp_path: Path) -> None:
    """One process for all, as starting one takes a second: good pages print, bad ones say why, the exit code is 5."""
    for name, (content, _) in NO_ARTICLES.items():
        (tmp_path / f"{name}.html").write_bytes(content)
    names = [f"{name}.html" for name in NO_ARTICLES]
    command = [sys.executable, "-m", "cleaning", page.name, *names, "-"]
    done = subprocess.run(command, cwd=tmp_path, input=PAGE.encode(), capture_output=True, check=False)
    assert done.returncode == EXIT_NO_ARTICLE
    assert done.stdout.decode().count("voted on Tuesday to rebuild") == 2
    told = done.stderr.decode().splitlines()
    assert [line.split(": ")[:2] for line in told] == [
        [f"{name}.html", outcome] for name, (_, outcome) in NO_ARTICLES.items()
    ]


@pytest.mark.parametrize(("content", "outcome"), NO_ARTICLES.values(), ids=NO_ARTICLES)
def test_what_is_no_article_gets_one_clear_sentence(content: bytes, outcome: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    result = run(file)
    assert result.exit_code == 5
    assert result.stdout == ""
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith(f"{file}: {outcome}: ")
    assert "Traceback" not in sentence
    assert len(sentence.removeprefix(f"{file}: {outcome}: ").split()) >= 3


def test_cleans_a_file(page: Path) -> None:
    result = run(page)
    assert result.exit_code == 0
    title, _, *paragraphs = result.stdout.rstrip("\n").split("\n")
    assert title == "Dyke to be rebuilt"
    assert paragraphs[-1].startswith("Work is to begin in April")


def test_cleans_standard_input() -> None:
    result = run("-", sent=PAGE.encode())
    assert result.exit_code == 0
    assert "Edited by" not in result.stdout


@pytest.mark.parametrize("option", [[], ["--text"]])
def test_a_txt_file_is_text_that_something_else_scraped(option: list[str], tmp_path: Path) -> None:
    file = tmp_path / ("scraped" if option else "scraped.txt")
    file.write_text(
        "Flood cuts the road\n\nThe river rose on Monday, officials said.\n\nEdited by: Ali Musa\n", "utf-8"
    )
    result = run(*option, file)
    assert result.exit_code == 0
    assert result.stdout == "Flood cuts the road\n\nThe river rose on Monday, officials said.\n"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0JFIF", b"Edited by: Ali Musa"])
def test_a_txt_file_without_text_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "scraped.txt"
    file.write_bytes(content)
    result = run(file)
    assert result.exit_code == 5
    assert len(result.stderr.splitlines()) == 1


def test_explains_what_went(page: Path) -> None:
    result = run("--explain", page)
    assert "editor" in result.stdout
    assert "Edited by: Ali Musa" in result.stdout


def test_json_is_one_object_a_line(page: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.html"
    empty.write_bytes(b"")
    url = "https://news.example/2024/10/12/dyke"
    results = [run("--json", "--url", url, page), run("--json", empty)]
    cleaned, refused = (json.loads(result.stdout) for result in results)
    assert [result.exit_code for result in results] == [0, 5]
    assert cleaned["outcome"] == "article"
    assert cleaned["article"]["editors"] == ["Ali Musa"]
    assert cleaned["article"]["published"] == "2024-10-12T00:00:00"
    assert "editor" in [removal["rule"] for removal in cleaned["removals"]]
    assert (refused["outcome"], bool(refused["detail"])) == ("empty", True)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    result = run(tmp_path / "nothing.html")
    assert result.exit_code == 2
    assert "nothing.html" in result.stderr


def test_a_page_cannot_steer_the_terminal() -> None:
    result = run("-", sent=PAGE.replace("northern", "\x1b[2Jnorthern\u202e").encode())
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
