"""Which tests check which promise, what they measured, and the table of it all: a plugin of pytest.

``@pytest.mark.promise(16)`` marks a test; its fixture ``measured`` takes what it found, as text. ``--promises`` prints
the table in the end, ``--promises=FILE`` writes it too. Tests marked ``slow`` run only with ``--slow``.
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[1] / "promises.toml"
PROMISES = {row["number"]: row for row in tomllib.loads(_FILE.read_text("utf-8"))["promise"]}


HERE = "<!-- table -->"
"""Where in a file that is there the table goes; what stands behind is replaced."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes")
    parser.addoption("--promises", nargs="?", const="-", help="print the table of promises; write it to a file")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "promise(number): checks a promise of tests/promises.toml")
    config.addinivalue_line("markers", "slow: takes minutes; runs with --slow")
    config.pluginmanager.register(_Table(), "promises-table")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties += [("promise", number) for mark in item.iter_markers("promise") for number in mark.args]
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Takes what a test has measured, for the table: of all promises that it checks, or of one."""

    def take(figure: str, promise: int | None = None) -> None:
        request.node.user_properties.append((f"measured {promise}" if promise else "measured", figure.strip()))

    return take


class _Table:
    """Gathers what tests report, from other processes too."""

    def __init__(self) -> None:
        self._figures: defaultdict[int, list[str]] = defaultdict(list)
        self._passed: defaultdict[int, int] = defaultdict(int)
        self._failed: defaultdict[int, list[str]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        numbers = [value for name, value in report.user_properties if name == "promise"]
        for number in numbers:
            assert isinstance(number, int)
            if report.failed:
                self._failed[number].append(report.nodeid.rpartition("::")[2])
            elif report.when == "call" and report.passed:
                self._passed[number] += 1
                names = ("measured", f"measured {number}")
                self._figures[number] += [str(value) for name, value in report.user_properties if name in names]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        asked = terminalreporter.config.getoption("--promises")
        if asked is None:
            return
        head = ["| # | Promise | Target | Measured | |", "|---|---|---|---|---|"]
        table = "\n".join([*head, *map(self._row, PROMISES)])
        terminalreporter.write_line(f"\n{table}")
        if asked != "-":
            path = Path(asked)
            before, here, _ = path.read_text("utf-8").partition(HERE) if path.exists() else ("", "", "")
            assert here or not before, (
                f"{path} has no place for the table: {HERE}"
            )  # an argument meant for pytest itself
            path.write_text(f"{before}{here}\n\n{table}\n".lstrip(), "utf-8")

    def _row(self, number: int) -> str:
        promise = PROMISES[number]
        passed, failed = self._passed[number], self._failed[number]
        figures = "; ".join(dict.fromkeys(self._figures[number])) or (f"{passed} checks" if passed > 1 else "a check")
        verdict = f"**not kept**: {', '.join(failed)}" if failed else "kept" if passed else "not run"
        return f"| {number} | {promise['promise']} | {promise['target']} | {figures} | {verdict} |"
