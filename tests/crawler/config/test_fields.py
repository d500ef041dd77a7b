"""The values of sources.toml: what each key takes, and what is said of anything else."""

from pathlib import Path

import pytest

from crawler.config.loader import parse_config, parse_with_problems
from crawler.config.models import ConfigError, SourceConfig

ONE = '[[source]]\nurl = "https://a.example/"\n'


def test_a_source_with_everything() -> None:
    text = """
    [[source]]
    url = "HTTPS://News.Example.org"
    name = "Example"
    delay = 2
    language = "so"
    include = ["/news/"]
    exclude = ["/sponsored/", 'video-\\d+']
    feeds = ["/feed/", "https://feeds.example.net/all"]
    sitemaps = ["sitemap.xml"]
    sections = ["/news/"]
    hosts = ["www.blog.example.org", "https://M.example.org/x"]
    max_pages = 100
    concurrency = 2
    section = "World"
    follow = ["/page/"]
    headers = {X-Token = "abc", X-Key = {env = "KEY"}}
    cookies.consent = "yes"
    session_cookies = false
    js = true
    paused = true
    obey = ["TDM"]
    revisit = ["30m", "1d", 172800]
    archive = false
    verify_tls = false
    spider = "example"
    """
    assert parse_config(text, environment={"KEY": "s3cret"}).sources == (
        SourceConfig(
            url="https://news.example.org/",
            name="Example",
            delay=2.0,
            language="so",
            include=("/news/",),
            exclude=("/sponsored/", r"video-\d+"),
            feeds=("https://news.example.org/feed/", "https://feeds.example.net/all"),
            sitemaps=("https://news.example.org/sitemap.xml",),
            sections=("https://news.example.org/news/",),
            hosts=("blog.example.org", "example.org"),
            max_pages=100,
            concurrency=2,
            section="World",
            follow=("/page/",),
            headers={"X-Token": "abc", "X-Key": "s3cret"},
            cookies={"consent": "yes"},
            session_cookies=False,
            js=True,
            paused=True,
            obey=("tdm",),
            revisit=(1800.0, 86400.0, 172800.0),
            archive=False,
            verify_tls=False,
            spider="example",
        ),
    )


def test_order_of_keys_does_not_matter() -> None:
    source = parse_config('[[source]]\nfeeds = ["/feed/"]\nurl = "https://a.example/"').sources[0]
    assert source.feeds == ("https://a.example/feed/",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[source]]\nurl = 3", "s.toml, line 2: `url` must be text in quotes."),
        ('[[source]]\nurl = ""', "s.toml, line 2: `url` must be text in quotes."),
        (
            '[[source]]\nurl = "a.example/news"',
            's.toml, line 2: `url` is not a valid URL: "a.example/news"; did you mean "https://a.example/news"?',
        ),
        ('[[source]]\nurl = "ftp://a.example/"', 's.toml, line 2: `url` is not a valid URL: "ftp://a.example/".'),
        (ONE + 'delay = "3"', "s.toml, line 3: `delay` must be a number of seconds from 0 to 86400."),
        (ONE + "delay = -1", "s.toml, line 3: `delay` must be a number of seconds from 0 to 86400."),
        (ONE + "delay = true", "s.toml, line 3: `delay` must be a number of seconds from 0 to 86400."),
        (ONE + "delay = nan", "s.toml, line 3: `delay` must be a number of seconds from 0 to 86400."),
        (ONE + "max_pages = 0", "s.toml, line 3: `max_pages` must be a whole number, at least 1."),
        (ONE + "max_pages = 1.5", "s.toml, line 3: `max_pages` must be a whole number, at least 1."),
        (
            ONE + 'language = "Somali"',
            's.toml, line 3: `language` must be a language code of two or three letters, such as "so".',
        ),
        (ONE + 'feeds = "/feed/"', 's.toml, line 3: `feeds` must be a list, such as ["…"].'),
        (ONE + "feeds = [3]", "s.toml, line 3: `feeds` must be text in quotes."),
        (ONE + "concurrency = 0", "s.toml, line 3: `concurrency` must be a whole number, at least 1."),
        (ONE + "js = 1", "s.toml, line 3: `js` must be true or false."),
        (ONE + 'obey = "tdm"', 's.toml, line 3: `obey` must be a list, such as ["…"].'),
        (ONE + 'revisit = ["6h", "1h"]', "s.toml, line 3: `revisit` must be in ascending order."),
        (
            ONE + 'revisit = ["1 fortnight"]',
            's.toml, line 3: `revisit` is not a valid duration: use 90s, 10m, 1h30m or 7d, not "1 fortnight".',
        ),
        (ONE + 'headers = "x"', 's.toml, line 3: `headers` must be a table, such as {name = "value"}.'),
        (ONE + 'headers = {Cookie = "x"}', 's.toml, line 3: `headers` cannot set "Cookie"; use cookies = {…}.'),
        (
            ONE + 'cookies = {id = {enw = "X"}}',
            's.toml, line 3: `cookies` must be text in quotes, or {env = "NAME"} to read an environment variable.',
        ),
        (
            '[archive]\nbudget = "much"\n' + ONE,
            's.toml, line 2: `budget` is not a valid size: use 500MB, 20GB or 1TB, not "much".',
        ),
        (
            '[crawl]\nopt_out = ["a.example/b"]\n' + ONE,
            's.toml, line 2: `opt_out` is not a host name: "a.example/b"; '
            "to list a URL, begin it with http:// or https://.",
        ),
        (
            "[alerts]\ncommand = []\n" + ONE,
            's.toml, line 2: `command` must name a program, as in ["/usr/local/bin/notify", "--urgent"].',
        ),
        (ONE + 'hosts = ["a b"]', 's.toml, line 3: `hosts` is not a valid host name: "a b".'),
    ],
)
def test_values_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config(text, "s.toml")
    assert str(error.value) == message


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(ConfigError, match=r'line 3: `exclude` is not a valid regular expression: "\(" \('):
        parse_config(ONE + 'exclude = ["("]', "s.toml")


def test_secrets_are_never_shown() -> None:
    text = ONE + 'headers = {X-Token = "hush-1"}\ncookies = {id = {env = "COOKIE"}}'
    config = parse_config(text, environment={"COOKIE": "hush-2"})
    assert config.sources[0].cookies == {"id": "hush-2"}
    assert "hush" not in repr(config)
    hash(config.sources[0])
    bad = [
        'headers = {X-Token = "hush\\nX-Other: 1"}',
        'cookies = {id = "hush; path=/"}',
        'headers = {"X Token" = "hush"}',
    ]
    for line in bad:
        problems = parse_with_problems(ONE + line).problems
        assert len(problems) == 1
        assert "hush" not in str(problems)
    assert "hush" not in str(parse_with_problems('[alerts]\nwebhook = "hush.example/T0"').problems)


def test_a_variable_that_is_not_set() -> None:
    text = ONE + 'headers = {X-Token = {env = "TOKEN"}}\n'
    with pytest.raises(ConfigError, match="line 3: `headers` needs the environment variable TOKEN, which is not set"):
        parse_config(text, environment={})
    assert parse_config(text + "paused = true", environment={}).variables == ("TOKEN",)
    assert parse_config(text, environment=None).sources[0].headers == {"X-Token": ""}


def test_problems_in_the_opt_out_file(tmp_path: Path) -> None:
    (tmp_path / "no.txt").write_text("a.example\nb c\n\nftp://d.example/\ne.example/path\n")
    reading = parse_with_problems('[crawl]\nopt_out_file = "no.txt"', folder=tmp_path)
    assert [(Path(problem.file).name, problem.line) for problem in reading.problems] == [
        ("no.txt", 2),
        ("no.txt", 4),
        ("no.txt", 5),
    ]
    (problem,) = parse_with_problems('[crawl]\n\nopt_out_file = "gone.txt"', folder=tmp_path).problems
    assert (problem.line, "gone.txt: No such file" in problem.text) == (3, True)
