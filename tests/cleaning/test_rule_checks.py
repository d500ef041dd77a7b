"""The rules checked by their own examples, and what is said of one that errs."""

from pathlib import Path

import pytest
from site_file import EXAMPLE, sites

from cleaning.rule_checks import check_rules


def problems(tmp_path: Path, text: str = EXAMPLE) -> dict[str, tuple[str, ...]]:
    return {report.rule: report.problems for report in check_rules(sites(tmp_path, text)) if report.problems}


def test_every_rule_does_what_it_says_quickly(tmp_path: Path) -> None:
    assert problems(tmp_path) == {}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("pattern = 'Tide: .+'\ndrops = ['Tied: x']", "does not drop 'Tied: x'"),
        ("pattern = 'Tide.+'\ndrops = ['Tide: x']\nkeeps = ['Tides rise.']", "also matches 'Tides rise.'"),
        ("pattern = 'Tide.+'", "has no drops"),
        ("pattern = 'Tide.+'\nharvest = 'editors'\ndrops = ['Tide: Ali Musa']", "harvests nothing for editors"),
        ("pattern = '(?:a+)+b'\ndrops = ['ab']", "ms for a line"),
    ],
)
def test_a_rule_that_does_not_is_told(tmp_path: Path, rule: str, says: str) -> None:
    found = problems(tmp_path, f'[[site]]\ndomain = "a.example"\n[[site.drop]]\n{rule}\n')
    assert says in " ".join(found["a.example drop 1"])
