"""SECURITY.md promises nothing that no test checks."""

import re
from pathlib import Path

from promises import PROMISES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]


def test_every_defence_names_what_checks_it() -> None:
    assert len(ROWS) > 15
    for against, _, checked in ROWS:
        assert "promise" in checked or "tests/" in checked, against


def test_what_is_named_is_there() -> None:
    for path in re.findall(r"`(tests/[\w./]+)`", PAGE):
        assert (ROOT / path).is_file(), path
    for first, last in re.findall(r"promises? (\d+)(?:[–,] ?(\d+))?", PAGE):
        assert {int(first), int(last or first)} <= {*PROMISES}
