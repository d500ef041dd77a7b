"""Changes to sources.toml: only what was asked for changes."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config.editor import (
    add_sources,
    clear_paused,
    format_toml_value,
    remove_sources,
    set_paused,
    write_atomically,
)
from crawler.config.models import ConfigError

TEXT = """# Our sources
[crawl]
delay = 2

[[source]]
  url = "https://a.example/"  # the first
exclude = [
  "x",  # why
]

# ---- others ----

[[source]]
url = "https://b.example/"
paused = false  # for now
[source.headers]
X = "paused = true"

# The archive
[archive]
enabled = false

[[source]]
name = '''
url = "no"
'''
url = "https://c.example/"
# end
"""


def changes(before: str, after: str) -> list[str]:
    """Lines that went and came, with - and +."""
    old, new = before.splitlines(), after.splitlines()
    gone = [f"-{line}" for line in old if line not in new]
    return gone + [f"+{line}" for line in new if line not in old]


def test_pausing_adds_a_line_below_the_address() -> None:
    paused = set_paused(TEXT, [0, 1, 2])
    assert paused == TEXT.replace("# the first\n", "# the first\n  paused = true\n").replace(
        "paused = false", "paused = true"
    ).replace('"https://c.example/"\n', '"https://c.example/"\npaused = true\n')


def test_resuming_takes_the_line_away() -> None:
    assert changes(TEXT, clear_paused(TEXT, [1])) == ["-paused = false  # for now"]
    assert clear_paused(set_paused(TEXT, [0, 2]), [0, 2]) == TEXT
    assert clear_paused(TEXT, [0]) == TEXT


def test_new_sources_come_last() -> None:
    text = add_sources(TEXT, [{"url": "https://d.example/"}, {"url": "https://e.example/", "feeds": ["/rss"]}])
    added = '\n[[source]]\nurl = "https://d.example/"\n\n[[source]]\nurl = "https://e.example/"\nfeeds = ["/rss"]\n'
    assert text == TEXT + added


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# only this", '[[source]]\nurl = "a"', '[[source]]\r\nurl = "a"\r\n\r\n', "[crawl]\ndelay = 1\n\n\n"],
)
def test_whatever_the_end_of_the_file_is(text: str) -> None:
    before = tomllib.loads(text).get("source", [])
    after = add_sources(text, [{"url": "b"}])
    assert tomllib.loads(after)["source"] == [*before, {"url": "b"}]
    assert after.startswith(text.rstrip())
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in text
    number = len(before)
    assert clear_paused(set_paused(after, [number]), [number]) == after


def test_pausing_at_the_very_end() -> None:
    assert set_paused('[[source]]\nurl = "a"', [0]) == '[[source]]\nurl = "a"\npaused = true'
    assert clear_paused('[[source]]\nurl = "a"\npaused = true', [0]) == '[[source]]\nurl = "a"\n'


def test_other_ways_to_write_sources_are_not_touched() -> None:
    for change in (lambda text: add_sources(text, [{"url": "b"}]), lambda text: set_paused(text, [0])):
        with pytest.raises(ConfigError, match="Edit this file by hand"):
            change('source = [\n  {url = "a", name = "x"},\n]\n')


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    texts | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)


@given(st.dictionaries(texts, values, max_size=4))
def test_what_is_written_is_read_again(table: dict[str, object]) -> None:
    assert tomllib.loads(f"x = {format_toml_value(table)}") == {"x": table}
    assert tomllib.loads(add_sources("", [table])) == {"source": [table]}


@given(st.lists(st.sampled_from(["", "# c", "  # d", "paused = false", "name = '''\n[[source]]\n'''", "delay = 1"])))
def test_pausing_and_resuming_leaves_a_file_as_it_was(lines: list[str]) -> None:
    keys = {line.partition(" = ")[0]: line for line in lines if " = " in line}
    body = "\n".join(line for line in lines if " = " not in line)
    text = "\n".join(["[[source]]", body, 'url = "a"', *keys.values(), "[crawl]\n"])
    expected = text.replace("paused = false\n", "")
    assert clear_paused(set_paused(text, [0]), [0]) == expected


def test_files_are_replaced_in_one_step(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    path = folder / "sources.toml"
    path.write_bytes(b"\xef\xbb\xbfold")
    path.chmod(0o640)
    link = tmp_path / "sources.toml"
    link.symlink_to(path)
    with path.open("rb") as reader:
        write_atomically(link, "new\r\n")
        assert reader.read() == b"\xef\xbb\xbfold"
    assert link.is_symlink()
    assert path.read_bytes() == b"\xef\xbb\xbfnew\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(folder.iterdir()) == [path]


def test_a_new_file_has_ordinary_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new.toml", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.toml").stat().st_mode) == 0o640


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone/sources\.toml cannot be written: No such file or directory\."):
        write_atomically(tmp_path / "gone" / "sources.toml", "x")


@pytest.mark.parametrize(
    ("numbers", "gone"),
    [
        ([0], ["[[source]]", '  url = "https://a.example/"  # the first', "exclude = [", '  "x",  # why', "]"]),
        ([1], ["[[source]]", 'url = "https://b.example/"', "paused = false  # for now", "[source.headers]"]),
        ([2], ["[[source]]", "name = '''", 'url = "no"', "'''", 'url = "https://c.example/"']),
    ],
)
def test_removing_takes_the_lines_of_a_table(numbers: list[int], gone: list[str]) -> None:
    left = remove_sources(TEXT, numbers)
    assert len(TEXT.splitlines()) - len(left.splitlines()) in (len(gone), len(gone) + 1, len(gone) + 2)
    assert [source["url"] for source in tomllib.loads(left)["source"]] == [
        f"https://{host}.example/" for number, host in enumerate("abc") if number not in numbers
    ]
    for comment in ("# Our sources", "# ---- others ----", "# The archive", "# end"):
        assert comment in left


def test_removing_every_source() -> None:
    assert tomllib.loads(remove_sources(TEXT, [0, 1, 2])) == {"crawl": {"delay": 2}, "archive": {"enabled": False}}
    assert remove_sources('# top\r\n[[source]]\r\nurl = "https://a.example/"', [0]) == "# top\r\n"


def test_sources_in_a_list_cannot_be_removed() -> None:
    with pytest.raises(ConfigError, match="Edit this file by hand"):
        remove_sources('source = [{url = "https://a.example/"}]', [0])
