"""The command that checks rules."""

import json
from pathlib import Path

from click.testing import CliRunner

from cleaning.cli.rules import rules

GOOD = """
[[site]]
domain = "a.example"

[[site.drop]]
pattern = "Tide: (.+)"
harvest = "editors"
drops = ["Tide: Ali Musa"]
"""


def check(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(rules, ["check", *words])
    return result.exit_code, result.output


def test_rules_that_do_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    code, output = check(str(tmp_path))
    assert code == 0
    assert "a.example drop 1" in output
    assert output.splitlines()[-1].endswith(" 0 failed")


def test_one_that_does_not(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD.replace("Tide: Ali", "Ebb: Ali"))
    code, output = check(str(tmp_path / "a.toml"))
    assert code == 2
    assert "does not drop 'Ebb: Ali Musa'" in output


def test_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    code, output = check(str(tmp_path), "--json")
    reports = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert reports[-1]["harvest"] == [["editors", "Ali Musa"]]


def test_a_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[[sites]]")
    code, output = check(str(tmp_path))
    assert code == 2
    assert "did you mean 'site'?" in output
