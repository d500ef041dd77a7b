"""``cleanwire sources``, run as a user runs it."""

import json
from pathlib import Path
from typing import Any

import pytest

TEXT = """\
# ours
[[source]]
url = "https://a.example/en/"     # slow
name = "The A Times"
delay = 5

[[source]]
url = "https://b.example/"
"""


@pytest.fixture
def listed(desk: Any) -> Any:
    """A desk whose folder has a sources.toml."""
    (desk.folder / "sources.toml").write_text(TEXT)
    return desk


def read_sources_file(desk: Any) -> str:
    path: Path = desk.folder / "sources.toml"
    return path.read_text()


def test_every_subcommand_has_an_example(listed: Any) -> None:
    from crawler.cli.sources import sources

    for name, command in sources.commands.items():
        assert f"cleanwire sources {name}" in (command.epilog or ""), name
    assert "import" in listed.run("sources", "--help").stdout


def test_adding(desk: Any) -> None:
    added = desk.run("sources", "add", "a.example", "https://b.example/so/", "--language", "SO")
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout == "added https://a.example/\nadded https://b.example/so/\n"
    before = read_sources_file(desk)
    assert before.startswith("# The sites that Cleanwire crawls.")
    assert desk.run("sources", "add", "c.example", "--name", "C: “the” paper").returncode == 0
    assert read_sources_file(desk).startswith(before)
    rows = json.loads(desk.run("sources", "list", "--json").stdout)
    assert [(row["url"], row["name"]) for row in rows][1:] == [
        ("https://b.example/so/", None),
        ("https://c.example/", "C: “the” paper"),
    ]
    assert desk.run("sources", "check").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new.example", "http://www.a.example/en"], "http://www.a.example/en is already listed as https://a.example"),
        (["x.example", "x.example"], "x.example is already listed"),
        (["x.example", "--language", "Somali"], "`language` must be a language code of two or three letters"),
        (["hello"], "use the URL of a site"),
        (["ftp://x.example/"], "use the URL of a site"),
        (["x.example", "y.example", "--name", "X"], "--name is for one URL"),
    ],
)
def test_what_is_not_added(listed: Any, words: list[str], said: str) -> None:
    done = listed.run("sources", "add", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert read_sources_file(listed) == TEXT


def test_nothing_is_added_to_a_file_with_a_mistake(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text(TEXT + "dealy = 1\n")
    done = desk.run("sources", "add", "c.example")
    assert done.returncode == 2
    assert "line 9: unknown key `dealy`" in done.stderr
    assert read_sources_file(desk) == TEXT + "dealy = 1\n"


def test_pausing_and_resuming(listed: Any) -> None:
    done = listed.run("sources", "pause", "the a times", "b.example")
    assert (done.returncode, done.stdout) == (0, "paused https://a.example/en/\npaused https://b.example/\n")
    assert '"https://a.example/en/"     # slow\npaused = true\n' in read_sources_file(listed)
    assert listed.run("crawl").stderr == "nothing to crawl: every source is paused\n"
    assert listed.run("sources", "pause", "b.example").stdout == "https://b.example/ was already paused\n"
    assert listed.run("sources", "resume", "http://www.a.example/en", "b.example").returncode == 0
    assert read_sources_file(listed) == TEXT
    unknown = listed.run("sources", "pause", "b.exmaple")
    assert unknown.returncode == 2
    assert "no source b.exmaple; did you mean b.example?" in unknown.stderr


def test_removing_from_the_file(listed: Any) -> None:
    done = listed.run("sources", "remove", "THE A TIMES")
    assert (done.returncode, done.stdout) == (0, "removed The A Times\n")
    assert "a.example" not in read_sources_file(listed)
    unknown = listed.run("sources", "remove", "b.exmaple")
    assert unknown.returncode == 2
    assert "no such source: b.exmaple; did you mean b.example?" in unknown.stderr
    assert "b.example" in read_sources_file(listed)


def test_removing_a_crawled_source_keeps_or_erases_its_articles(desk: Any) -> None:
    assert desk.run("crawl", "--delay", "0", "--max-pages", "3", desk.server.url).returncode == 0
    host = desk.server.url.removeprefix("http://").strip("/")
    done = desk.run("sources", "remove", desk.server.url)
    assert done.returncode == 0
    assert done.stdout == f"removed {host}; 3 articles kept (cleanwire erase --source {host} erases them)\n"
    assert json.loads(desk.run("status", "--json").stdout)["sources"] == []
    assert desk.run("sources", "remove", host, "--erase", stdin=b"n\n").returncode != 0
    erased = desk.run("sources", "remove", host, "--erase", "--yes")
    assert (erased.returncode, erased.stdout) == (0, f"removed {host}\n")
    assert "0 articles from 0 sources" in desk.run("stats").stdout


def test_the_list_for_people_and_for_grep(listed: Any) -> None:
    (listed.folder / "sources.toml").write_text(
        TEXT + 'concurrency = 1\nheaders = {X-Token = "hush"}\nfeeds = ["/' + "long" * 100 + '"]\n'
    )
    shown = listed.run("sources", "list")
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert lines[0] == ["name", "URL", "settings"]
    assert lines[1] == ["The", "A", "Times", "https://a.example/en/", "delay", "=", "5"]
    assert lines[2][0] == "https://b.example/"
    assert len(lines) == 3
    assert "concurrency" not in shown.stdout
    assert 'headers = ["X-Token"]' in shown.stdout
    assert "hush" not in shown.stdout + listed.run("sources", "list", "--json").stdout


def test_the_list_knows_the_corpus(crawled: Any, tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(f'[[source]]\nurl = "{crawled.server.url}"\n[[source]]\nurl = "https://b.example/"\n')
    rows = json.loads(crawled.run("sources", "list", "--sources", str(path), "--json").stdout)
    articles = json.loads(crawled.run("stats", "--json").stdout)["articles"]
    assert [row["articles"] for row in rows] == [articles, None]
    assert articles > 0
    assert f" {articles} " in crawled.run("sources", "list", "--sources", str(path)).stdout


def test_checking(desk: Any) -> None:
    path = desk.folder / "sources.toml"
    path.write_text(
        "[crawl]\n"
        'opt_out = ["e.example"]\n'
        "[[source]]\n"
        'url = "https://a.example/"\n'
        'exclude = ["a[.]example", "/sponsored/", "/$"]\n'
        "[[source]]\n"
        'url = "https://www.a.example/en/"\n'
        'include = ["/news/", "/sport/"]\n'
        'exclude = ["/news"]\n'
        'feeds = ["https://f.example/1"]\n'
        "[[source]]\n"
        'url = "https://news.e.example/"\n'
        'hosts = ["a.example"]\n'
        'feeds = ["https://f.example/1"]\n'
    )
    done = desk.run("sources", "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.replace("warning: sources.toml, line ", "").splitlines() == [
        '5: "a[.]example" matches https://a.example/ itself, so it excludes every article.',
        "7: a.example is also the host in line 4; both are crawled as one site.",
        '8: "/news/" has no effect: `exclude` has "/news".',
        "12: https://news.e.example/ is never fetched: e.example is on the opt-out list.",
        "13: a.example is already a source of its own in line 4.",
        "13: a.example is already a source of its own in line 7.",
        "14: the feed https://f.example/1 is also listed in line 10.",
        "sources.toml: 3 sources, 0 errors, 7 warnings",
    ]
    path.write_text(path.read_text() + 'dealy = 1\nheaders = {X-Token = {env = "NOT_SET"}}\n')
    wrong = desk.run("sources", "check", "--json")
    assert wrong.returncode == 2
    found = json.loads(wrong.stdout)
    assert [(error["line"], error["problem"][:30]) for error in found["errors"]] == [
        (15, "unknown key `dealy`; did you m"),
        (16, "`headers` needs the environmen"),
    ]
    assert len(found["warnings"]) == 7
    path.write_text("[crawl]\n")
    assert "the file has no [[source]]" in desk.run("sources", "check").stdout
    path.unlink()
    assert desk.run("sources", "check").returncode == 2


def test_importing(listed: Any) -> None:
    opml = '<opml><body><outline text="C" xmlUrl="https://c.example/rss" htmlUrl="https://c.example"/></body></opml>'
    (listed.folder / "feeds.opml").write_text(opml)
    tried = listed.run("sources", "import", "feeds.opml", "--dry-run")
    assert tried.stdout == "would be added: https://c.example/\n1 would be added, 0 already listed, 0 not parsed\n"
    assert read_sources_file(listed) == TEXT
    done = listed.run("sources", "import", "feeds.opml", "-", stdin=b"d.example\n\nnot one\nhttp://b.example\n")
    assert done.returncode == 3
    assert done.stdout == (
        "added: https://c.example/\nadded: https://d.example/\n"
        "already listed: http://b.example/\n2 added, 1 already listed, 1 not parsed\n"
    )
    assert 'cannot parse: standard input, line 3: url is not a valid URL: "not one".' in done.stderr
    assert read_sources_file(listed) == (
        f'{TEXT}\n[[source]]\nurl = "https://c.example/"\nname = "C"\nfeeds = ["https://c.example/rss"]\n'
        '\n[[source]]\nurl = "https://d.example/"\n'
    )
    again = listed.run("sources", "import", "feeds.opml", "--json")
    assert json.loads(again.stdout)["already_there"] == ["https://c.example/"]


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]><opml><body><outline text="&x;"/></body></opml>',
        b"<html><title>404</title></html>",
        b"\x00\x01\x02\xff",
        b"",
    ],
)
def test_a_file_that_is_no_list_stops_the_import(listed: Any, body: bytes) -> None:
    (listed.folder / "good.txt").write_text("c.example\n")
    (listed.folder / "bad").write_bytes(body)
    done = listed.run("sources", "import", "good.txt", "bad")
    assert (done.returncode, done.stdout) == (2, "")
    assert "bad" in done.stderr
    assert "Traceback" not in done.stderr
    assert read_sources_file(listed) == TEXT


@pytest.mark.parametrize("form", ["opml", "csv", "urls", "toml"])
def test_exporting_and_importing_again(listed: Any, form: str) -> None:
    exported = listed.run("sources", "export", "--format", form)
    assert exported.returncode == 0
    again = listed.run("sources", "import", "--sources", "other.toml", "-", stdin=exported.stdout.encode())
    assert again.stdout.splitlines()[-1] == "2 added, 0 already listed, 0 not parsed"
    to_file = listed.run("sources", "export", "--format", form, "-o", "out")
    assert (to_file.stdout, to_file.stderr) == ("", "2 sources written to out\n")
    assert (listed.folder / "out").read_bytes() == exported.stdout.encode()


def test_the_listings_of_a_source_and_what_each_adds(desk) -> None:
    unknown = desk.run("sources", "show", "nothing.example")
    assert (unknown.returncode, "no such source: nothing.example" in unknown.stderr) == (2, True)
    assert desk.run("crawl", "--delay", "0", desk.server.url).returncode == 0
    shown = desk.run("sources", "show", desk.server.url)
    assert shown.returncode == 0, shown.stderr
    assert "polled when due: it adds" in shown.stdout
    assert "named 12 of the latest articles, 12 first" in shown.stdout
    (source,) = json.loads(desk.run("sources", "show", desk.server.url, "--json").stdout)
    assert round(sum(listing["share"] for listing in source["listings"]), 6) == 1
    assert source["covered_at"] is not None
