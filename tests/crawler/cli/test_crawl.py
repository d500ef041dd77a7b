"""``cleanwire crawl``, run as a user runs it."""

import json
import time
from typing import Any

import pytest


def test_second_crawl_fetches_only_a_dead_link_again(crawled: Any) -> None:
    crawled.server.forget_requests()
    done = crawled.run("crawl", "--delay", "0", crawled.server.url, "--json")
    summary = json.loads(done.stdout)
    assert (done.returncode, summary["found"]) == (0, 0)
    assert summary["fetched"] == sum(summary["failed"].values()) <= 1
    assert len(crawled.server.requests) <= 4


def test_pages_are_fetched_again_when_the_user_asks_for_it(desk: Any) -> None:
    site = desk.server.url
    desk.run("crawl", "--delay", "0", site)
    desk.run("crawl", "--delay", "0", site)
    (failure,) = json.loads(desk.run("failures", "--json").stdout)
    assert (failure["outcome"], failure["attempts"]) == ("http-404", 2)
    assert failure["retry_at"] > failure["fetched_at"]
    assert '"fetched": 0' in desk.run("crawl", "--delay", "0", "--json", site).stdout

    assert '"http-404": 1' in desk.run("crawl", "--delay", "0", "--retry", "failed", "--json", site).stdout
    assert "no page to retry: captcha" in desk.run("crawl", "--delay", "0", "--retry", "captcha", site).stderr
    done = desk.run("failures", "--outcome", "http-404", "--retry")
    assert (done.returncode, "1 page is queued for the next crawl" in done.stderr) == (0, True), done.stderr
    assert '"http-404": 1' in desk.run("crawl", "--delay", "0", "--json", site).stdout
    assert "0 pages are queued" in desk.run("failures", "--outcome", "timeout", "--retry").stderr


def test_quiet_crawl_says_nothing(crawled: Any) -> None:
    done = crawled.run("crawl", "--delay", "0", "--quiet", crawled.server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sources_file_is_crawled_by_default(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text(f'[[source]]\nurl = "{desk.server.url}"\nmax_pages = 3\ndelay = 0\n')
    done = desk.run("crawl")
    assert done.returncode == 0, done.stderr
    assert "stored 3," in done.stdout
    assert done.stdout.startswith("1 source checked: 3 new articles.\n")


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
    assert "on the opt-out list" in done.stderr
    assert not desk.server.requests


def test_a_name_that_no_source_has_is_a_usage_error(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text(f'[[source]]\nname = "Dhow Post"\nurl = "{desk.server.url}"\n')
    done = desk.run("crawl", "Dow Post")
    assert (done.returncode, "did you mean Dhow Post?" in done.stderr) == (2, True), done.stderr


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


def test_two_crawls_at_once(desk: Any) -> None:
    from storage import Corpus

    with Corpus.open(desk.database, create=True) as corpus, corpus.crawl.lock():
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
    assert "provenance     " in shown
    assert "credits: line" in shown


def test_a_host_that_does_not_exist_leaves_no_source_behind(desk: Any) -> None:
    done = desk.run("crawl", "--delay", "0", "exmaple.invalid")
    assert done.returncode == 4
    assert "exmaple.invalid" in done.stderr
    assert json.loads(desk.run("status", "--json").stdout)["sources"] == []
    assert "0 articles from 0 sources" in desk.run("stats").stdout
    listed = desk.folder / "sources.toml"
    listed.write_text('[[source]]\nurl = "https://exmaple.invalid/"\n')
    assert desk.run("crawl").returncode == 4
    assert len(json.loads(desk.run("status", "--json").stdout)["sources"]) == 1


def test_http_is_tried_if_https_does_not_answer(desk: Any) -> None:
    host = desk.server.url.removeprefix("http://").strip("/")
    assert desk.run("crawl", "--delay", "0", f"https://{host}").returncode == 4
    done = desk.run("crawl", "--delay", "0", "--max-pages", "2", host)
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.run("crawl", "--delay", "0", "--max-pages", "2", host, "-v").stderr.count("https://") == 0
    assert json.loads(desk.run("status", "--json").stdout)["sources"][0]["url"] == f"http://{host}/"


def test_a_broken_source_does_not_stop_the_others(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text(
        f'[[source]]\nurl = "{desk.server.url}"\nmax_pages = 2\ndelay = 0\n'
        '[[source]]\nurl = "https://b.invalid/"\nspider = "nosuch"\n'
        '[[source]]\nurl = "https://c.invalid/"\nexclude = ["("]\n'
    )
    done = desk.run("crawl", "--quiet")
    assert done.returncode == 3
    assert "https://b.invalid/ names the spider 'nosuch', which does not exist" in done.stderr
    assert "sources.toml, line 10: `exclude` is not a valid regular expression" in done.stderr
    assert "2 articles" in desk.run("stats").stdout
    checked = desk.run("sources", "check")
    assert checked.returncode == 2
    assert "line 7: https://b.invalid/ names the spider 'nosuch'" in checked.stdout


def test_a_quiet_run_prints_a_problem_once(desk: Any) -> None:
    (desk.folder / "sources.toml").write_text('[[source]]\nurl = "https://gone.invalid/"\n')
    first, second = (desk.run("crawl", "--quiet") for _ in range(2))
    assert (first.returncode, "gone.invalid" in first.stderr) == (4, True)
    assert (second.returncode, second.stdout, second.stderr) == (4, "", "")
