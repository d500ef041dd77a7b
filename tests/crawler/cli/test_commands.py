"""The command line, run as a user runs it."""

import json
import os
import sqlite3
import subprocess
import time
from typing import Any

import pytest

COMMANDS = (
    "backfill clean completion counts crawl cron db demo erase export failures feed reclean report runs saved search "
    "show similar sources sql stats status terms versions"
).split()


def test_help_lists_every_command_with_an_example(crawled: Any) -> None:
    listed = crawled.run("--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in listed
        assert f"cleanwire {command}" in crawled.run(command, "--help").stdout


@pytest.mark.parametrize("words", [(), ("db",)], ids=["cleanwire", "db"])
def test_nothing_to_do_is_answered_with_help(crawled: Any, words: tuple[str, ...]) -> None:
    done = crawled.run(*words)
    assert (done.returncode, "\n  -h, --help" in done.stderr) == (2, True)


def test_help_loads_nothing_heavy(crawled: Any) -> None:
    loaded = crawled.run("--help", PYTHONPROFILEIMPORTTIME="1").stderr
    assert "click" in loaded
    for module in ("scrapy", "sqlalchemy", "trafilatura", "lxml", "pebble", "rich", "dateparser"):
        assert f"| {module}\n" not in loaded.replace("|   ", "| ").replace("  ", "")


def test_second_crawl_fetches_nothing_again(crawled: Any) -> None:
    crawled.server.forget_requests()
    done = crawled.run("crawl", "--delay", "0", crawled.server.url, "--json")
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["found"], summary["fetched"]) == (0, 0, 0)
    assert len(crawled.server.requests) <= 3


def test_quiet_crawl_says_nothing(crawled: Any) -> None:
    done = crawled.run("crawl", "--delay", "0", "--quiet", crawled.server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sources_file_is_crawled_by_default(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text(f'[[source]]\nurl = "{desk.server.url}"\nmax_pages = 3\ndelay = 0\n')
    done = desk.run("crawl")
    assert done.returncode == 0, done.stderr
    assert "stored 3," in done.stdout


@pytest.mark.parametrize("named", ["dhow post", "{url}"], ids=["name", "address"])
def test_a_source_that_is_named_has_its_settings(desk: Any, named: str) -> None:
    source = f'name = "Dhow Post"\nurl = "{desk.server.url}"\nmax_pages = 2\ndelay = 0\npaused = true\n'
    (desk.folder / "here.toml").write_text(f'[[source]]\n{source}[[source]]\nurl = "http://127.0.0.1:9/"\n')
    done = desk.run("crawl", "--sources", "here.toml", named.format(url=desk.server.url))
    assert (done.returncode, "stored 2," in done.stdout) == (0, True), done.stderr


def test_a_file_without_sources_still_says_how_to_crawl(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text(f'[crawl]\ndelay = 0\nopt_out = ["{desk.server.url}"]\n')
    desk.server.forget_requests()
    done = desk.run("crawl", desk.server.url)
    assert "opted out" in done.stderr
    assert not desk.server.requests


def test_a_name_that_no_source_has_is_a_usage_error(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text(f'[[source]]\nname = "Dhow Post"\nurl = "{desk.server.url}"\n')
    done = desk.run("crawl", "Dow Post")
    assert (done.returncode, "(Dhow Post)" in done.stderr) == (2, True), done.stderr


def test_paused_sources_are_left_alone(desk: Any) -> None:
    desk.server.forget_requests()
    (desk.folder / "sources.toml").write_text(f'[[source]]\nurl = "{desk.server.url}"\npaused = true\n')
    done = desk.run("crawl")
    assert (done.returncode, done.stdout) == (0, "")
    assert "every source is paused" in done.stderr
    assert desk.run("crawl", "--quiet").stderr == ""
    assert not desk.server.requests


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[[source]]\nurl = "https://a.example"\nexlude = ["x"]\n', "exclude"),
        ("[[source]\nurl = 1\n", "line 1"),
        ('[[source]]\nname = "no address"\n', "url"),
    ],
)
def test_bad_sources_file_is_explained(desk: Any, toml: str, said: str) -> None:
    (desk.folder / "sources.toml").write_text(toml)
    done = desk.run("crawl")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_sources_file_is_explained(desk: Any) -> None:
    done = desk.run("crawl")
    assert done.returncode == 2
    assert "[[source]]" in done.stderr


def test_loopback_is_refused_unless_allowed(desk: Any) -> None:
    desk.server.forget_requests()
    done = desk.run("crawl", desk.server.url, allow="")
    assert done.returncode == 4
    assert "CLEANWIRE_ALLOW_NETWORKS" in done.stderr
    assert not desk.server.requests


def test_site_that_does_not_answer_fails_with_a_sentence(desk: Any) -> None:
    done = desk.run("crawl", "--delay", "0", "http://127.0.0.1:9")
    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["ftp://news.example", "http://", "mailto:x@y.example"])
def test_address_that_is_none_is_a_usage_error(desk: Any, address: str) -> None:
    done = desk.run("crawl", address)
    assert done.returncode == 2
    assert "https://news.example" in done.stderr


def test_search_finds_and_marks(crawled: Any) -> None:
    hits = json.loads(crawled.run("search", "ceasefire", "--lang", "en", "--json").stdout)
    assert any("*ceasefire*" in hit["snippet"].casefold() for hit in hits)
    assert {hit["language"] for hit in hits} == {"en"}
    assert "observers" in crawled.run("search", "ceasefire").stdout


def test_search_takes_a_leading_minus_for_not(crawled: Any) -> None:
    with_it = json.loads(crawled.run("search", "ceasefire", "--json").stdout)
    without = json.loads(crawled.run("search", "ceasefire", "-observers", "--json").stdout)
    assert len(without) < len(with_it)


def test_search_by_day_and_month(crawled: Any) -> None:
    def days(*options: str) -> list[str]:
        return [
            hit["published"][:7] for hit in json.loads(crawled.run("search", *options, "--json", "-n", "99").stdout)
        ]

    october = days("--since", "2025-10")
    assert set(october) == {"2025-10"}
    assert days("--since", "2025-10", "--until", "2025-10") == october
    assert set(days("--until", "2025-09-30")).isdisjoint({"2025-10"})
    assert crawled.run("search", "--since", "yesterday").returncode == 2


def test_show_by_number_and_by_address(crawled: Any) -> None:
    article = json.loads(crawled.run("show", "1", "--json").stdout)
    same = json.loads(crawled.run("show", article["url"], "--json").stdout)
    assert same == article
    assert article["removals"]
    shown = crawled.run("show", "1", "--removed").stdout
    assert article["title"][:10] in shown
    assert article["removals"][0]["rule"] in shown


def test_show_of_nothing_has_its_exit_code(crawled: Any) -> None:
    done = crawled.run("show", "4711")
    assert (done.returncode, "4711" in done.stderr) == (15, True)


def test_stats(crawled: Any) -> None:
    figures = json.loads(crawled.run("stats", "--json").stdout)
    assert figures["articles"] == 30
    assert figures["by_language"]["so"] == 4
    assert "30 articles" in crawled.run("stats").stdout


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
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize(
    ("database", "code", "said"),
    [
        ("sqlite:////nowhere/at/all.db", 10, "all.db"),
        ("postgresql://user:secret@db.example/news", 10, "no server answers at postgresql://user:***@db.example/news"),
        ("oracle://user:secret@db.example/news", 2, "oracle: there is no such database"),
        ("nonsense", 2, "sqlite:///"),
    ],
)
def test_database_that_cannot_be_used(desk: Any, database: str, code: int, said: str) -> None:
    done = desk.run("--database", database, "stats")
    assert done.returncode == code
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_database_that_is_none(desk: Any) -> None:
    (desk.folder / "corpus.db").write_bytes(b"no database at all, but long enough to look into" * 20)
    done = desk.run("stats")
    assert done.returncode == 11
    (desk.folder / "corpus.db").unlink()
    sqlite3.connect(desk.folder / "corpus.db").execute("CREATE TABLE alien (x)").connection.close()
    assert desk.run("stats").returncode == 11


def test_two_crawls_at_once(desk: Any) -> None:
    from storage import Corpus

    with Corpus.open(desk.database, create=True) as corpus, corpus.lock():
        done = desk.run("crawl", "--delay", "0", desk.server.url)
    assert done.returncode == 75
    assert "another crawl" in done.stderr


def test_max_runtime_ends_a_crawl_that_the_next_one_finishes(desk: Any) -> None:
    begun = time.monotonic()
    done = desk.run("crawl", "--delay", "1", "--max-runtime", "18s", desk.server.url)
    assert time.monotonic() - begun < 60
    assert "time limit" in done.stdout
    first = json.loads(desk.run("stats", "--json").stdout)["articles"]
    assert 0 < first < 30
    desk.run("crawl", "--delay", "0", desk.server.url)
    assert json.loads(desk.run("stats", "--json").stdout)["articles"] == 30


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(desk: Any, shell: str) -> None:
    assert "_CLEANWIRE_COMPLETE" in desk.run("completion", shell).stdout


def test_demo_crawls_searches_and_shows(desk: Any) -> None:
    done = desk.run("demo", "--keep", "demo.db", allow="")
    assert done.returncode == 0, done.stderr
    assert "stored 30" in done.stdout
    assert "removed, and by which rule" in done.stdout
    assert json.loads(desk.run("--database", "sqlite:///demo.db", "stats", "--json").stdout)["articles"] == 30


def test_a_mistyped_option_is_no_word_of_the_query(crawled: Any) -> None:
    for command in ("search", "export"):
        done = crawled.run(command, "harbour", "--langg", "en")
        assert (done.returncode, "--langg" in done.stderr) == (2, True)


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


def test_demo_leaves_an_existing_file_alone(desk: Any) -> None:
    (desk.folder / "mine.db").write_bytes(b"mine")
    done = desk.run("demo", "--keep", "mine.db")
    assert (done.returncode, (desk.folder / "mine.db").read_bytes()) == (2, b"mine")


SITE_RULES = """
[[site]]
domain = "127.0.0.1"

[[site.drop]]
pattern = "(?P<value>树比虾塘划算)"
harvest = "credits"
drops = ["树比虾塘划算"]
keeps = ["Trees pay."]
"""


def test_a_crawl_uses_what_the_user_knows_of_a_site(desk: Any, crawled: Any) -> None:
    dropped = "树比虾塘划算"  # a sub-head of a demo article
    address = f"{desk.server.url}/zh/20251021-1187.html"
    assert dropped in json.loads(crawled.run("show", address, "--json").stdout)["text"]
    (desk.folder / "sites.toml").write_text(SITE_RULES, "utf-8")
    done = desk.run("crawl", "--delay", "0", desk.server.url, CLEANWIRE_SITES="sites.toml")
    assert done.returncode == 0, done.stderr
    article = json.loads(desk.run("show", address, "--json").stdout)
    assert dropped not in article["text"]
    assert [removal["text"] for removal in article["removals"] if removal["step"] == "drop_site_lines"] == [dropped]
    assert (article["credits"][0], article["provenance"]["credits"]) == (dropped, "line")
    shown = desk.run("show", address).stdout
    assert "taken from     " in shown
    assert "credits: line" in shown
