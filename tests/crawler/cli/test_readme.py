"""The README tells the truth: every command stands in it, and what it shows runs."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cleaning.outcomes import FAILURE_OUTCOMES
from cleaning.worker_preload import SAMPLE_PAGE
from crawler.cli.group import cleanwire
from crawler.config.fields import ALERT_KEYS, ARCHIVE_KEYS, CRAWL_KEYS, SOURCE_KEYS
from crawler.config.loader import parse_with_problems
from crawler.outcomes import REJECTIONS

README_FILE = Path(__file__).parents[3] / "README.md"
README = README_FILE.read_text("utf-8")
DOCS = README_FILE.with_name("docs")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def shell_lines() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith("cleanwire ")]


CORPUS_PYTHON = re.findall(r"```python\n(.*?)```", (DOCS / "corpus.md").read_text("utf-8"), re.DOTALL)


def test_every_command_stands_in_the_readme() -> None:
    assert [name for name in cleanwire.commands if f"cleanwire {name}" not in README] == []


def test_shell_lines_run_one_after_the_other(crawled: Any) -> None:
    for line in shell_lines():
        words = shlex.split(line.replace("https://news.example", crawled.server.url).partition(" > ")[0])[1:]
        if words[0] == "crawl":
            words += ["--delay", "0"]
        done = crawled.run(*words)
        assert done.returncode == 0, (line, done.stderr)


def test_crontab_line_runs(crawled: Any) -> None:
    (crawled.folder / "cron.toml").write_text(f'[[source]]\nurl = "{crawled.server.url}"\ndelay = 0\n')
    words = shlex.split(blocks("crontab")[0])[6:]
    local = {"sqlite:////var/lib/cleanwire/corpus.db": crawled.database, "/etc/cleanwire/sources.toml": "cron.toml"}
    done = crawled.run(*(local.get(word, word) for word in words))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sources_file_is_valid(tmp_path: Path) -> None:
    from crawler.config.loader import load_config

    path = tmp_path / "sources.toml"
    path.write_text(blocks("toml")[0])
    assert [source.url.rstrip("/") for source in load_config(path).sources] == [
        entry["url"].rstrip("/") for entry in tomllib.loads(blocks("toml")[0])["source"]
    ]


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.split("\n")[0])
def test_python_runs(
    crawled: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], block: str
) -> None:
    monkeypatch.chdir(crawled.folder)
    (crawled.folder / "saved").mkdir(exist_ok=True)
    (crawled.folder / "saved" / "harbour.html").write_bytes(SAMPLE_PAGE)
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    if "clean(page)" in block:
        assert "('Ali Musa',) ('Dhow Post international',) en" in printed
        assert "consent-notice | This website uses cookies" in printed
        assert "too-short" in printed or "soft-404" in printed
    elif "clean_many" in block:
        assert printed == "saved/harbour.html article Harbour closed by a storm\n"
    else:
        assert "*harbour*" in printed.casefold()


def test_python_of_the_corpus_runs(
    crawled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = CORPUS_PYTHON
    assert crawled.run("db", "backup", str(tmp_path / "corpus.db")).returncode == 0
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "corpus.md", "exec"), {})
    assert "Night ferry" in capsys.readouterr().out


def test_every_field_of_a_query_is_told() -> None:
    from storage.search.query_parser import FIELD_NAMES

    told = (DOCS / "corpus.md").read_text("utf-8")
    assert [name for name in set(FIELD_NAMES.values()) if f"`{name}:" not in told] == []


SETTINGS = (DOCS / "sources.md").read_text("utf-8").split("```toml\n")[1].split("```")[0]


def test_every_setting_is_told_with_a_value_that_it_can_have() -> None:
    told = tomllib.loads(SETTINGS)
    read = parse_with_problems(SETTINGS, environment=None)
    assert [str(problem) for problem in read.problems if "opt-out.txt" not in problem.text] == []
    assert {name: list(told[name]) for name in ("crawl", "archive", "alerts")} == {
        "crawl": list(CRAWL_KEYS),
        "archive": list(ARCHIVE_KEYS),
        "alerts": list(ALERT_KEYS),
    }
    assert list(told["source"][1]) == list(SOURCE_KEYS)


def test_every_outcome_is_told() -> None:
    told = (DOCS / "crawl.md").read_text("utf-8")
    assert [outcome for outcome in REJECTIONS | FAILURE_OUTCOMES if f"`{outcome}`" not in told] == []


@pytest.mark.parametrize("document", [README_FILE, *sorted(DOCS.glob("*.md"))], ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^):#]+)\)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
