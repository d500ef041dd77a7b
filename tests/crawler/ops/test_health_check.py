"""What a quiet run says of a source: what begins and what ends."""

from datetime import UTC, datetime

import pytest

from crawler.ops.anomalies import Anomaly
from crawler.ops.health_check import HealthCheck, describe_changes
from storage import SourceRun

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SILENT = Anomaly("silent", "nothing new for 9 days")


@pytest.mark.parametrize(
    ("problem", "before", "began", "ended", "said"),
    [
        ("it did not respond in time", None, (), (), ("A: it did not respond in time",)),
        ("it did not respond in time", "could not connect", (), (), ()),
        (None, "could not connect", (), (), ("A: it works again",)),
        (None, None, (SILENT,), (), ("A: nothing new for 9 days",)),
        (None, None, (), (SILENT,), ("A: no longer silent",)),
        (None, None, (), (), ()),
    ],
)
def test_only_changes_are_described(problem, before, began, ended, said) -> None:
    source_run = SourceRun(run_id=1, source_id=1, at=NOW, problem=problem)
    checkup = HealthCheck(source_run, began=began, ended=ended, problem_before=before)
    assert describe_changes("A", checkup) == said
