"""Record the start and the end of runs; `storage.monitoring.run_history` reads them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, update

from storage.schema.tables import RunRow


def start_run(connection: Connection, arguments: str, started_at: datetime) -> int:
    """Record that a run has started, and return its number.

    ``arguments`` describes it for people. Until `finish_run`, it has no outcome and an empty summary.
    """
    row = {"started_at": started_at, "arguments": arguments, "summary": {}}
    return connection.execute(insert(RunRow).returning(RunRow.id), row).scalar_one()


def finish_run(
    connection: Connection, run_id: int, summary: Mapping[str, int], outcome: str, finished_at: datetime
) -> None:
    """Record that a run has ended, with its counts and the name of its outcome, such as ``"finished"``."""
    values = {"finished_at": finished_at, "summary": dict(summary), "outcome": outcome}
    connection.execute(update(RunRow).where(RunRow.id == run_id), values)


def add_finished_run(connection: Connection, arguments: str, moment: datetime) -> int:
    """Record a run that took no time, and return its number.

    Every fetch belongs to a run, also that of an article which `Corpus.save` stores without a crawl.
    """
    row = {
        "started_at": moment,
        "finished_at": moment,
        "arguments": arguments,
        "outcome": "finished",
        "summary": {},
    }
    return connection.execute(insert(RunRow).returning(RunRow.id), row).scalar_one()
