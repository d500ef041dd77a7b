"""sources.toml, and what it says to those who mistype."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config.loader import EXAMPLE, load_config, parse_config, read_config
from crawler.config.models import AlertConfig, ArchiveConfig, Config, ConfigError, CrawlDefaults, SourceConfig
from crawler.config.toml_positions import places_of


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


def test_the_example_is_valid() -> None:
    assert [source.url for source in parse_config(EXAMPLE).sources] == [
        "https://news.example.org/",
        "https://www.example.com/en/",
    ]


ONE = '[[source]]\nurl = "https://a.example/"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE + "\n# slow\ndealy = 3", "s.toml, line 5: `dealy` is unknown; the nearest known key is `delay`."),
        (
            ONE + ONE.replace("a.", "b.") + "Delay = 3",
            "s.toml, line 5: `Delay` is unknown; the nearest known key is `delay`.",
        ),
        ('[[sources]]\nurl = "x"', "s.toml, line 1: `sources` is unknown; the nearest known key is `source`."),
        ('[source]\nurl = "x"', "s.toml, line 1: write [[source]] with two brackets, once for each source."),
        ('source = "x"', "s.toml, line 1: write [[source]] with two brackets, once for each source."),
        (ONE + '[[source]]\nname = "x"', "s.toml, line 3: a source needs a `url`."),
        ("[[source]]\nurl = 3", "s.toml, line 2: `url` must be a text in quotes."),
        ('[[source]]\nurl = ""', "s.toml, line 2: `url` must be a text in quotes."),
        (
            '[[source]]\nurl = "a.example/news"',
            's.toml, line 2: `url` is no web address: "a.example/news", perhaps "https://a.example/news" is meant.',
        ),
        ('[[source]]\nurl = "ftp://a.example/"', 's.toml, line 2: `url` is no web address: "ftp://a.example/".'),
        (
            ONE + ONE.replace("https", "http").replace("//a", "//www.a"),
            "s.toml, line 4: http://www.a.example/ is named twice.",
        ),
        (ONE + 'delay = "3"', "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "delay = -1", "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "delay = true", "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "delay = nan", "s.toml, line 3: `delay` must be a number of seconds, from 0 to 86400."),
        (ONE + "max_pages = 0", "s.toml, line 3: `max_pages` must be a whole number from 1 on."),
        (ONE + "max_pages = 1.5", "s.toml, line 3: `max_pages` must be a whole number from 1 on."),
        (
            ONE + 'language = "Somali"',
            's.toml, line 3: `language` must be a code of two or three letters, such as "so".',
        ),
        (ONE + 'feeds = "/feed/"', 's.toml, line 3: `feeds` must be a list, such as ["…"].'),
        (ONE + "feeds = [3]", "s.toml, line 3: `feeds` must be a text in quotes."),
        (ONE + "concurrency = 0", "s.toml, line 3: `concurrency` must be a whole number from 1 on."),
        (ONE + "js = 1", "s.toml, line 3: `js` must be true or false."),
        (ONE + 'obey = "tdm"', 's.toml, line 3: `obey` must be a list, such as ["…"].'),
        (ONE + 'revisit = ["6h", "1h"]', "s.toml, line 3: `revisit` must be ascending."),
        (
            ONE + 'revisit = ["1 fortnight"]',
            's.toml, line 3: `revisit` is no length of time: write 90s, 10m, 1h30m or 7d; it is "1 fortnight".',
        ),
        (ONE + 'headers = "x"', 's.toml, line 3: `headers` must be a table, such as {name = "value"}.'),
        (ONE + 'headers = {Cookie = "x"}', 's.toml, line 3: `headers` cannot set "Cookie"; write cookies = {…}.'),
        (
            ONE + 'cookies = {id = {enw = "X"}}',
            "s.toml, line 3: `cookies` must be a text in quotes, "
            'or {env = "NAME"} for that of an environment variable.',
        ),
        ("[[crawl]]\ndelay = 1\n" + ONE, "s.toml, line 1: write [crawl] with one bracket on each side, once."),
        ("[alert]\n" + ONE, "s.toml, line 1: `alert` is unknown; the nearest known key is `alerts`."),
        (
            '[archive]\n\nbugdet = "1GB"\n' + ONE,
            "s.toml, line 3: `bugdet` is unknown; the nearest known key is `budget`.",
        ),
        (
            '[archive]\nbudget = "much"\n' + ONE,
            's.toml, line 2: `budget` is no size: write 500MB, 20GB or 1TB; it is "much".',
        ),
        (
            '[crawl]\nmax_interval = "1m"\n' + ONE,
            "s.toml, line 2: `min_interval` must not be longer than `max_interval`.",
        ),
        (
            '[crawl]\nopt_out = ["a.example/b"]\n' + ONE,
            's.toml, line 2: `opt_out` is no host name: "a.example/b"; '
            "write an address with http:// or https:// in front.",
        ),
        (
            "[alerts]\ncommand = []\n" + ONE,
            's.toml, line 2: `command` must name a program, as in ["/usr/local/bin/notify", "--urgent"].',
        ),
        (ONE + 'hosts = ["a b"]', 's.toml, line 3: `hosts` has no host name in it: "a b".'),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config(text, "s.toml")
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = \n", 1),
        (ONE + 'url = "x"\nname = "y"', 3),
        (ONE + "[source", 3),
        ("\n\n[[source]]\nurl = 'x", 4),
        ("=", 1),
    ],
)
def test_malformed_toml_is_named_with_its_line(text: str, line: int) -> None:
    # The rest of the sentence is Python's own, and differs from version to version.
    with pytest.raises(ConfigError, match=rf"^s\.toml, line {line}: [A-Z].* at (column \d+|the end of the file)\.$"):
        parse_config(text, "s.toml")


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(ConfigError, match=r'line 3: `exclude` is no valid regular expression: "\(" \('):
        parse_config(ONE + 'exclude = ["("]', "s.toml")


def test_an_unknown_key_near_nothing() -> None:
    with pytest.raises(ConfigError, match=r"`xyz` is unknown; known keys are url, name, delay, .*spider\.$"):
        parse_config(ONE + "xyz = 1")


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_no_sources(text: str) -> None:
    with pytest.raises(ConfigError, match=r"names no source.*for example:\n\n\[\[source\]\]"):
        parse_config(text)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    with pytest.raises(ConfigError, match=r"There is no .*sources.toml. Write one, for example:\n\n\[\[source\]\]"):
        load_config(path)
    path.write_bytes(b"\xef\xbb\xbf" + ONE.encode())
    assert load_config(path).sources[0].url == "https://a.example/"
    path.write_bytes(b'[[source]]\nname = "caf\xe9"')
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_config(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_takes() -> None:
    source = SourceConfig(url="https://a.example/", include=("/news/",), exclude=("/sponsored/",))
    assert source.takes("https://a.example/news/one")
    assert not source.takes("https://a.example/sport/one")
    assert not source.takes("https://a.example/news/sponsored/one")
    assert SourceConfig(url="https://a.example/").takes("https://a.example/anything")


def test_the_tables_beside_the_sources(tmp_path: Path) -> None:
    (tmp_path / "no.txt").write_bytes(
        b"\xef\xbb\xbf# asked by mail\r\nwww.third.example  # 2024\r\n\r\nhttp://d.example/#top\r\n"
    )
    path = tmp_path / "sources.toml"
    path.write_text("""
    [crawl]
    delay = 2.5
    obey = []
    revisit = []
    min_interval = "5m"
    max_interval = "2d"
    opt_out = ["Example.org", "https://example.com/private/"]
    opt_out_file = "no.txt"
    [archive]
    enabled = false
    folder = "pages"
    budget = "1.5TB"
    rotate = "100MiB"
    [alerts]
    command = "/usr/local/bin/notify --to 'the desk'"
    webhook = "https://hooks.example/T0/secret"
    ping_url = {env = "PING"}
    [[source]]
    url = "https://a.example/"
    """)
    config = load_config(path, {"PING": "https://hc.example/uuid"})
    assert config == Config(
        crawl=CrawlDefaults(
            delay=2.5,
            obey=(),
            revisit=(),
            min_interval=300.0,
            max_interval=172_800.0,
            opt_out=("example.org", "https://example.com/private/", "third.example", "http://d.example/"),
        ),
        archive=ArchiveConfig(enabled=False, folder=tmp_path / "pages", budget=1_500_000_000_000, rotate=100 * 1024**2),
        alerts=AlertConfig(
            command=("/usr/local/bin/notify", "--to", "the desk"),
            webhook="https://hooks.example/T0/secret",
            ping_url="https://hc.example/uuid",
        ),
        sources=(SourceConfig(url="https://a.example/"),),
        variables=("PING",),
    )
    assert "secret" not in repr(config)
    assert "uuid" not in repr(config)


def test_the_defaults() -> None:
    config = parse_config(ONE)
    assert (config.crawl, config.archive, config.alerts) == (CrawlDefaults(), ArchiveConfig(), AlertConfig())
    source = config.sources[0]
    assert config.crawl.delay_of(source) == 1.0
    assert config.crawl.obey_of(source) == ("noindex", "noarchive", "tdm")
    assert config.crawl.revisit_of(source) == (3_600.0, 21_600.0, 86_400.0, 604_800.0)
    own = SourceConfig(url="https://a.example/", delay=0.0, obey=(), revisit=())
    assert (config.crawl.delay_of(own), config.crawl.obey_of(own), config.crawl.revisit_of(own)) == (0.0, (), ())


def test_paused_sources_are_not_active() -> None:
    config = parse_config(ONE + "paused = true\n" + ONE.replace("a.", "b."))
    assert [source.url for source in config.active] == ["https://b.example/"]


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
        problems = read_config(ONE + line).problems
        assert len(problems) == 1
        assert "hush" not in str(problems)
    assert "hush" not in str(read_config('[alerts]\nwebhook = "hush.example/T0"').problems)


def test_a_variable_that_is_not_set() -> None:
    text = ONE + 'headers = {X-Token = {env = "TOKEN"}}\n'
    with pytest.raises(ConfigError, match="line 3: `headers` needs the environment variable TOKEN, which is not set"):
        parse_config(text, environment={})
    assert parse_config(text + "paused = true", environment={}).variables == ("TOKEN",)
    assert parse_config(text, environment=None).sources[0].headers == {"X-Token": ""}


def test_every_problem_is_told_with_its_line() -> None:
    text = """[crawl]
obey = ["noindex",
        "no-index",  # "]"
        'robots']
dealy = 1

[[source]]
url = "https://a.example/"
exclude = [
    '''multi
line''',
    "(",
    "[",
]
[source.headers]
Host = "x"
[[source]]
name = '''
[[source]]
url = 3
'''
[[source]]
url = "a"
feeds = ["/rss"]
delay = "x"
"""
    reading = read_config(text, "s.toml")
    assert [(problem.line, problem.text.partition(" (")[0]) for problem in reading.problems] == [
        (3, '`obey` knows noindex, noarchive, tdm, not "no-index"'),
        (4, '`obey` knows noindex, noarchive, tdm, not "robots"'),
        (5, "`dealy` is unknown; the nearest known key is `delay`"),
        (12, '`exclude` is no valid regular expression: "("'),
        (13, '`exclude` is no valid regular expression: "["'),
        (16, '`headers` cannot set "Host"'),
        (17, "a source needs a `url`"),
        (23, '`url` is no web address: "a"'),
        (25, "`delay` must be a number of seconds, from 0 to 86400"),
    ]
    assert [source.url for source in reading.config.sources] == ["https://a.example/"]
    with pytest.raises(ConfigError, match=r"line 3: .* There are 8 more: see cleanwire sources check\."):
        parse_config(text, "s.toml")


def test_problems_in_the_opt_out_file(tmp_path: Path) -> None:
    (tmp_path / "no.txt").write_text("a.example\nb c\n\nftp://d.example/\ne.example/path\n")
    reading = read_config('[crawl]\nopt_out_file = "no.txt"', folder=tmp_path)
    assert [(Path(problem.file).name, problem.line) for problem in reading.problems] == [
        ("no.txt", 2),
        ("no.txt", 4),
        ("no.txt", 5),
    ]
    (problem,) = read_config('[crawl]\n\nopt_out_file = "gone.txt"', folder=tmp_path).problems
    assert (problem.line, "gone.txt: No such file" in problem.text) == (3, True)


def test_follows() -> None:
    source = SourceConfig(url="https://a.example/", follow=("/archive/",))
    assert source.follows("https://a.example/archive/2")
    assert not source.follows("https://a.example/tag/x")
    assert SourceConfig(url="https://a.example/").follows("https://a.example/tag/x")


def test_places_of_what_is_nested() -> None:
    text = """a.b = 1  # [x]
'q.r' = ["[[s]]", # ]
  {c = 2, d = [
    1979-05-27 07:32:00, -1.5]}]
[t . u]
v = {w = "x", "y" = '''
''''}
[[s]]
[[s.t]]
z = 1
[[s.t]]
z = 2
[s.t.u]
k = 1
"""
    tomllib.loads(text)
    lines = {path: place.line for path, place in places_of(text).items()}
    assert {path: lines[path] for path in lines if path[0] != "s"} == {
        ("a",): 1,
        ("a", "b"): 1,
        ("q.r",): 2,
        ("q.r", 0): 2,
        ("q.r", 1): 3,
        ("q.r", 1, "c"): 3,
        ("q.r", 1, "d"): 3,
        ("q.r", 1, "d", 0): 4,
        ("q.r", 1, "d", 1): 4,
        ("t",): 5,
        ("t", "u"): 5,
        ("t", "u", "v"): 6,
        ("t", "u", "v", "w"): 6,
        ("t", "u", "v", "y"): 6,
    }
    assert lines["s", 0, "t", 1, "z"] == 12
    assert lines["s", 0, "t", 1, "u", "k"] == 14


@given(st.text(alphabet="[]{}=.,\"'\\\n# ab1"))
def test_places_of_anything_ends(text: str) -> None:
    places_of(text)
