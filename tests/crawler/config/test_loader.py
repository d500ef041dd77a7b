"""sources.toml, and what it says to those who mistype."""

from pathlib import Path

import pytest

from crawler.config.loader import EXAMPLE_CONFIG, load_config, parse_config, parse_with_problems
from crawler.config.models import AlertConfig, ArchiveConfig, Config, ConfigError, CrawlDefaults, SourceConfig


def test_the_example_is_valid() -> None:
    assert [source.url for source in parse_config(EXAMPLE_CONFIG).sources] == [
        "https://news.example.org/",
        "https://www.example.com/en/",
    ]


ONE = '[[source]]\nurl = "https://a.example/"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE + "\n# slow\ndealy = 3", "s.toml, line 5: unknown key `dealy`; did you mean `delay`?"),
        (
            ONE + ONE.replace("a.", "b.") + "Delay = 3",
            "s.toml, line 5: unknown key `Delay`; did you mean `delay`?",
        ),
        ('[[sources]]\nurl = "x"', "s.toml, line 1: unknown key `sources`; did you mean `source`?"),
        ('[source]\nurl = "x"', "s.toml, line 1: write [[source]] with double brackets, once per source."),
        ('source = "x"', "s.toml, line 1: write [[source]] with double brackets, once per source."),
        ('[[source]]\nname = "x"', "s.toml, line 1: this source has no `url`."),
        ("[[crawl]]\ndelay = 1\n" + ONE, "s.toml, line 1: write [crawl] only once, with single brackets."),
        ("[alert]\n" + ONE, "s.toml, line 1: unknown key `alert`; did you mean `alerts`?"),
        (
            '[archive]\n\nbugdet = "1GB"\n' + ONE,
            "s.toml, line 3: unknown key `bugdet`; did you mean `budget`?",
        ),
        (
            '[crawl]\nmax_interval = "1m"\n' + ONE,
            "s.toml, line 2: `min_interval` must not be longer than `max_interval`.",
        ),
    ],
)
def test_tables_that_are_refused(text: str, message: str) -> None:
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


def test_an_unknown_key_near_nothing() -> None:
    with pytest.raises(ConfigError, match=r"unknown key `xyz`; known keys are url, name, group, delay, .*spider\.$"):
        parse_config(ONE + "xyz = 1")


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_no_sources(text: str) -> None:
    with pytest.raises(ConfigError, match=r"has no \[\[source\]\] table.*for example:\n\n\[\[source\]\]"):
        parse_config(text)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    with pytest.raises(ConfigError, match=r"sources.toml does not exist. Create it, for example:\n\n\[\[source\]\]"):
        load_config(path)
    path.write_bytes(b"\xef\xbb\xbf" + ONE.encode())
    assert load_config(path).sources[0].url == "https://a.example/"
    path.write_bytes(b'[[source]]\nname = "caf\xe9"')
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_config(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


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
    assert config.crawl.get_delay(source) == 1.0
    assert config.crawl.get_obeyed_preferences(source) == ("noindex", "noarchive", "tdm")
    assert config.crawl.get_revisit_schedule(source) == (3_600.0, 21_600.0, 86_400.0, 604_800.0)
    own = SourceConfig(url="https://a.example/", delay=0.0, obey=(), revisit=())
    assert (
        config.crawl.get_delay(own),
        config.crawl.get_obeyed_preferences(own),
        config.crawl.get_revisit_schedule(own),
    ) == (0.0, (), ())


def test_paused_sources_are_not_active() -> None:
    config = parse_config(ONE + "paused = true\n" + ONE.replace("a.", "b."))
    assert [source.url for source in config.active_sources] == ["https://b.example/"]


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
    reading = parse_with_problems(text, "s.toml")
    assert [(problem.line, problem.text.partition(" (")[0]) for problem in reading.problems] == [
        (3, '`obey` must be one of noindex, noarchive, tdm, not "no-index"'),
        (4, '`obey` must be one of noindex, noarchive, tdm, not "robots"'),
        (5, "unknown key `dealy`; did you mean `delay`?"),
        (12, '`exclude` is not a valid regular expression: "("'),
        (13, '`exclude` is not a valid regular expression: "["'),
        (16, '`headers` cannot set "Host"'),
        (17, "this source has no `url`"),
        (23, '`url` is not a valid URL: "a"'),
        (25, "`delay` must be a number of seconds from 0 to 86400"),
    ]
    assert [source.url for source in reading.config.sources] == ["https://a.example/"]
    with pytest.raises(ConfigError, match=r"line 3: .* 8 more errors: run cleanwire sources check to list them all\."):
        parse_config(text, "s.toml")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[[source]]\nname = "x"', "s.toml, line 3: this source has no `url`."),
        (ONE.replace("https", "http").replace("//a", "//www.a"), "line 4: http://www.a.example/ is listed twice."),
        (ONE.replace("a.", "b.") + 'exclude = ["("]', "line 5: `exclude` is not a valid regular expression"),
        (ONE.replace("a.", "b.") + 'headers = {X = {env = "NOT_SET"}}', "needs the environment variable NOT_SET"),
    ],
)
def test_a_broken_source_is_left_out_by_name(table: str, said: str) -> None:
    config = parse_config(f"{ONE}{table}", "s.toml", environment={})
    assert [source.url for source in config.sources] == ["https://a.example/"]
    assert said in str(config.skipped[0])


def test_an_unknown_key_of_one_source_stops_all() -> None:
    with pytest.raises(ConfigError, match="unknown key `exlude`"):
        parse_config(ONE + ONE.replace("a.", "b.") + 'exlude = ["x"]')


def test_a_number_that_python_cannot_convert_is_named_with_its_line() -> None:
    text = '[[source]]\nurl = "https://a.example/"\nmax_pages = ' + "9" * 5000
    (problem,) = parse_with_problems(text).problems
    assert (problem.line, problem.text) == (3, "a number has too many digits")
