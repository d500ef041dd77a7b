"""The README tells the truth: every command stands in it, and what it shows runs."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cleaning.preloaded import PAGE
from crawler.cli import cleanwire

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def shell_lines() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith("cleanwire ")]


def test_every_command_stands_in_the_readme() -> None:
    assert [name for name in cleanwire.commands if f"cleanwire {name}" not in README] == []


@pytest.mark.parametrize("line", shell_lines())
def test_shell_lines_run(crawled: Any, line: str) -> None:
    words = shlex.split(line.replace("https://news.example", crawled.server.url).partition(" > ")[0])[1:]
    if words[0] == "crawl":
        words += ["--delay", "0"]
    done = crawled.run(*words)
    assert done.returncode == 0, done.stderr


def test_crontab_line_runs(crawled: Any) -> None:
    (crawled.folder / "cron.toml").write_text(f'[[source]]\nurl = "{crawled.server.url}"\ndelay = 0\n')
    words = shlex.split(blocks("crontab")[0])[6:]
    local = {"sqlite:////var/lib/cleanwire/corpus.db": crawled.database, "/etc/cleanwire/sources.toml": "cron.toml"}
    done = crawled.run(*(local.get(word, word) for word in words))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sources_file_is_valid(tmp_path: Path) -> None:
    from crawler.config import load_config

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
    (crawled.folder / "saved" / "harbour.html").write_bytes(PAGE)
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
