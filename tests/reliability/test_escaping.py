"""What strangers wrote reaches terminals, pages, feeds and files as text: nothing obeys it, nothing runs it.

Every command of the program is here, whichever it has: one that is added fails until it is said how it is run.
"""

import io
import json
import logging
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from hostile import PROSE, VALUE, assert_harmless, hostile_corpus, is_harmless
from terminal import shown_on_terminal

from crawler.cli import main
from crawler.cli.group import cleanwire
from crawler.logs import LogFormat, build_log_fields, log_to_stderr

NAME = VALUE.replace("/", "|")
"""As a file may be called."""
TYPED = VALUE
"""As somebody may copy it into a command line from a page."""

COMMANDS: dict[str, list[list[str]]] = {
    "search": [
        [],
        ["flood"],
        ["--json"],
        ["--format", "jsonl"],
        ["--saved", "{saved}"],
        ["--saved", "{saved}", "--new"],
        [f'"{TYPED}" OR published:{TYPED}'],
        ["--after", TYPED],
    ],
    "show": [["1"], ["1", "--removed"], ["2", "--json"], [f"http://evil.example/{TYPED}"]],
    "versions": [["1"], ["1", "--diff"], ["1", "--json"], ["2"]],
    "similar": [["1"], ["1", "--json"], [TYPED]],
    "stats": [[], ["--json"]],
    "counts": [*(["--by", by] for by in ("source", "lang", "author", "tag", "section", "outcome")), ["--json"]],
    "terms": [[], ["--json"], ["--source", TYPED]],
    "runs": [[], ["--json"]],
    "failures": [[], ["--json"], ["--outcome", TYPED], ["--retry"]],
    "sql": [
        ["SELECT * FROM articles"],
        ["SELECT * FROM fetches", "--json"],
        ["SELECT title AS 'a\x1b[8m\x1b[0;8m\x9b8m\u202e', 1 FROM articles"],
        ["SELECT title AS 'a\x1b[8m\x1b[0;8m\x9b8m\u202e', 1 FROM articles", "--format", "csv"],
        [f"SELECT nothing FROM '{TYPED}'"],
        [f"DELETE {TYPED}"],
    ],
    "saved list": [[], ["--json"]],
    "saved add": [[TYPED[:90], f"flood published:{TYPED}"], ["x" * 200 + TYPED, "flood"]],
    "saved remove": [[TYPED]],
    "status": [[], ["--json"], ["--problems"], [TYPED]],
    "report": [[], ["--json"], [TYPED]],
    "export": [[], ["--format", "csv"], ["-o", f"missing/{NAME}"], ["-o", f"{NAME[:40]}.jsonl"]],
    "feed": [
        [],
        ["--format", "rss"],
        ["--format", "json"],
        ["--title", TYPED, "--link", TYPED],
        [f"published:{TYPED}"],
    ],
    "sources list": [[], ["--json"], ["--sources", NAME]],
    "sources add": [[f"https://new.example/{TYPED}"], [TYPED], ["https://other.example/", "--name", TYPED]],
    "sources show": [["wire.example"], ["wire.example", "--json"], [TYPED]],
    "sources remove": [["https://wire.example/", "--yes"], ["https://wire.example/", "--erase", "--yes"], [TYPED]],
    "sources pause": [["https://wire.example/"], [TYPED]],
    "sources resume": [["https://wire.example/"], [TYPED]],
    "sources check": [[], ["--json"], ["--sources", "wrong.toml"], ["--sources", "wrong.toml", "--json"]],
    "sources import": [["list.txt", "list.opml", "list.csv"], ["list.csv", "--dry-run", "--json"], [NAME]],
    "sources export": [*(["--format", form] for form in ("opml", "csv", "urls", "toml"))],
    "alerts test": [[], ["--sources", NAME], ["--json"]],
    "cron": [[], ["--systemd"], ["--ping-url", TYPED]],
    "erase": [["https://nowhere.example/"], ["--author", TYPED], ["9", "--yes"]],
    "db init": [[]],
    "db upgrade": [[]],
    "db check": [[]],
    "db reindex": [[]],
    "db backup": [["copy.db"], [f"missing/{NAME}"]],
    "db restore": [["corpus.db", "--yes"]],
    "db vacuum": [[]],
    "db copy": [[f"sqlite:///{NAME}", "sqlite:///copy.db"], [f"postgresql://{TYPED}", "sqlite:///copy.db"]],
    "rules check": [["wrong.toml"], [NAME]],
    "completion": [["bash"]],
}
"""How each command is run on the corpus: its arguments, once or more."""

IN_A_PROCESS = {"crawl", "backfill", "demo", "sources discover", "clean", "reclean"}
"""Commands that start others, or a reactor: further below, and in test_hostile_answers.py."""


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """All commands, as they are typed."""
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    for name, below in sorted(command.commands.items()):
        yield from leaves(below, (*path, name))


def invocations() -> list[tuple[str, ...]]:
    return [
        (*name.split(), *arguments)
        for name in leaves(cleanwire)
        if name not in IN_A_PROCESS
        for arguments in COMMANDS.get(name, ())
    ]


def test_every_command_is_tried() -> None:
    assert {*COMMANDS, *IN_A_PROCESS} == {*leaves(cleanwire)}


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hostile corpus, and hostile files of every kind that commands read."""
    folder = tmp_path_factory.mktemp("hostile")
    hostile_corpus(folder / "corpus.db")
    text = json.dumps(VALUE)
    name = text.replace("\x7f", "\\u007f")
    (folder / "sources.toml").write_text(f'[[source]]\nurl = "https://wire.example/"\nname = {name}\n', "utf-8")
    (folder / "wrong.toml").write_text(f"[[source]]\nurl = {name}\nnmae = {name}\n[[site]]\n{name} = 1\n", "utf-8")
    (folder / "list.txt").write_text(f"https://a.example/{PROSE}\nftp://{VALUE}\n".replace("\x85", ""), "utf-8")
    (folder / "list.csv").write_text(f'url,name\nhttps://b.example/,"{VALUE}"\n"ftp://{VALUE}",x\n', "utf-8")
    (folder / "list.opml").write_text(
        "<opml><body><outline text='&lt;b&gt;&#x202e;&#x9b;2J' xmlUrl='https://c.example/&#x9b;2J'/>"
        "<outline text='&#x9b;2J' xmlUrl='ftp://&#x202e;&#x9b;2J'/></body></opml>",
        "utf-8",
    )
    return folder


@pytest.fixture
def folder(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to work in."""
    shutil.copytree(master, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLEANWIRE_DATABASE", "sqlite:///corpus.db")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return tmp_path


@dataclass(frozen=True)
class Said:
    """What a command wrote."""

    status: int | str | None
    output: str
    errors: str


def piped(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run a command whose output goes to another program."""
    output, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    status = _run(words, output, errors, monkeypatch)
    return Said(status, *(stream.buffer.getvalue().decode() for stream in (output, errors)))  # type: ignore[attr-defined]


def shown(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a command on a terminal; what the terminal got."""

    def write(descriptor: int) -> None:
        with os.fdopen(os.dup(descriptor), "w", encoding="utf-8", newline="") as terminal:
            _run(words, terminal, terminal, monkeypatch)

    return shown_on_terminal(write)


def _run(words: tuple[str, ...], output: Any, errors: Any, monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    words = tuple(word.replace("{saved}", VALUE) for word in words)
    monkeypatch.setattr(sys, "argv", ["cleanwire", *words])
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with redirect_stdout(output), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
            main()
    finally:  # a command leaves them as they are, for it ends the program; what later tests start inherits them
        for number, handler in before.items():
            signal.signal(number, handler)
    output.flush()
    errors.flush()
    return ended.value.code


RUN = [
    pytest.param(words, id=re.sub(r"[^a-z0-9-]", "", f"{number}-{'-'.join(words)[:30]}".lower()))
    for number, words in enumerate(invocations())
]


@pytest.mark.parametrize("words", RUN)
def test_no_command_hands_anything_on_to_a_terminal(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shown(words, monkeypatch)
    assert_harmless(text.replace("FORGED\n", "") if _is_data(words) else text)


@pytest.mark.parametrize("words", RUN)
def test_no_command_hands_anything_on_through_a_pipe(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = piped(words, monkeypatch)
    assert "Traceback" not in said.errors
    assert_harmless(said.errors)
    if not _is_data(words):
        assert "\x1b" not in said.output
        assert_harmless(said.output)


def _is_data(words: tuple[str, ...]) -> bool:
    """Whether what is written is for programs, and has lines in its values; JSON escapes them."""
    return words[0] in ("export", "feed") or "csv" in words or words[:2] == ("sources", "export")


@pytest.mark.parametrize("words", [("show", "2", "--json"), ("search", "--json"), ("export",)], ids=" ".join)
def test_programs_get_the_true_value(words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = piped(words, monkeypatch).output
    assert_harmless(output)
    found = json.loads(output.split("\n")[0] if words == ("export",) else output)
    assert (found[0] if isinstance(found, list) else found)["title"] == VALUE


def test_what_goes_wrong_inside_is_told_without_obeying_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise ValueError(VALUE)

    monkeypatch.setattr("storage.Corpus.stats", fail)
    said = piped(("stats",), monkeypatch)
    assert said.status == 1
    assert "ValueError" in said.errors
    assert is_harmless(said.errors)


@pytest.mark.parametrize("form", ["text", "json"])
def test_logs_have_a_line_a_record(form: LogFormat) -> None:
    stream = io.StringIO()
    handler = log_to_stderr(form, "INFO", stream)
    try:
        logging.getLogger("crawl").warning("the robots.txt of %s: %s", VALUE, VALUE, extra=build_log_fields(url=VALUE))
    finally:
        logging.getLogger().removeHandler(handler)
    (line,) = stream.getvalue().splitlines()
    assert is_harmless(line)
    if form == "json":
        assert json.loads(line)["url"] == VALUE
