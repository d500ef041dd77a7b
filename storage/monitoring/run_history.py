"""Load the runs of the crawl, for status pages and reports."""

from sqlalchemy import Connection, select

from storage.schema.tables import RunRow
from storage.values import Run


def list_runs(connection: Connection, limit: int, before: int | None = None) -> list[Run]:
    """Return the last ``limit`` runs, the newest first; with ``before``, those before the run of that number."""
    last = select(*RunRow.__table__.columns).order_by(RunRow.id.desc()).limit(limit)
    if before is not None:
        last = last.where(RunRow.id < before)
    return [Run(**row._mapping) for row in connection.execute(last)]


def get_run(connection: Connection, run_id: int) -> Run | None:
    """Return the run of that number; ``None`` if there is none."""
    row = connection.execute(select(*RunRow.__table__.columns).where(RunRow.id == run_id)).one_or_none()
    return Run(**row._mapping) if row is not None else None
