"""What all tests share: the flag that rewrites golden files, the known failures, and how hard Hypothesis tries."""

import signal
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["promises"]

settings.register_profile(
    "quick",
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000, derandomize=False)
settings.load_profile("quick")  # --hypothesis-profile=thorough takes the other one


# A shell has its background jobs ignore Ctrl-C, and what is ignored stays so in the programs that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the cleaner gives into the golden files under tests/pages, instead of comparing",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out because there is no server for them."""
    from databases import MARIADB, POSTGRESQL, unavailable
    from own_servers import missing
    from small_disk import unavailable as no_small_disk

    if reason := no_small_disk():
        terminalreporter.write_line(f"Left out: the tests on a disk that is full. {reason}", yellow=True)
    for kind in (POSTGRESQL, MARIADB):
        if reason := missing(kind):
            terminalreporter.write_line(
                f"Left out: the tests that stop a {kind} server of their own. {reason}", yellow=True
            )
        if reason := unavailable(kind):
            terminalreporter.write_line(
                f"Left out: the tests on {kind}. No server answers there: {reason}", yellow=True
            )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of `known_failures.toml` as failing, strictly: one that passes must leave the list."""
    known = tomllib.loads((Path(__file__).parent / "known_failures.toml").read_text("utf-8"))
    reasons = [(beginning, failure["reason"]) for failure in known["failure"] for beginning in failure["tests"]]
    for item in items:
        for beginning, reason in reasons:
            if item.nodeid.startswith(beginning):
                item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
    items.sort(key=lambda item: "/cleaning/" in item.nodeid or "/pages/" in item.nodeid)  # the short ones last
