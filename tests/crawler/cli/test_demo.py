"""``cleanwire demo``."""

import json
from typing import Any


def test_demo_crawls_searches_and_shows(desk: Any) -> None:
    done = desk.run("demo", "--keep", "demo.db", allow="")
    assert done.returncode == 0, done.stderr
    assert "stored 30" in done.stdout
    assert "removed (and the rule)" in done.stdout
    assert json.loads(desk.run("--database", "sqlite:///demo.db", "stats", "--json").stdout)["articles"] == 30


def test_demo_leaves_an_existing_file_alone(desk: Any) -> None:
    (desk.folder / "mine.db").write_bytes(b"mine")
    done = desk.run("demo", "--keep", "mine.db")
    assert (done.returncode, (desk.folder / "mine.db").read_bytes()) == (2, b"mine")
