"""``cleanwire counts`` and ``stats``."""

import csv
import io
import json
from typing import Any

import pytest


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
def test_forms(crawled, form) -> None:
    done = crawled.run("counts", "--by", "lang", "--format", form)
    assert done.returncode == 0
    counted = {
        "json": lambda text: {row["lang"]: row["articles"] for row in json.loads(text)},
        "jsonl": lambda text: {row["lang"]: row["articles"] for row in map(json.loads, text.splitlines())},
        "csv": lambda text: {row["lang"]: int(row["articles"]) for row in csv.DictReader(io.StringIO(text))},
        "table": lambda text: {line.split()[0]: int(line.split()[1]) for line in text.splitlines()},
    }[form](done.stdout)
    assert (counted["en"], sum(counted.values())) == (12, 30)


def test_stats(crawled: Any) -> None:
    figures = json.loads(crawled.run("stats", "--json").stdout)
    assert figures["articles"] == 30
    assert figures["by_language"]["so"] == 4
    assert "30 articles" in crawled.run("stats").stdout
