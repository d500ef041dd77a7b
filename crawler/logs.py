"""Logging to standard error: as text, or as one JSON object a line for log collectors."""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO, cast

from cleaning.output.safe_text import dump_safe_json, strip_unprintable, to_one_line

LogFormat = Literal["text", "json"]

TEXT_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIELDS_ATTRIBUTE: Final = "fields"
_LIBRARIES: Final = frozenset({"asyncio", "filelock", "protego", "py", "scrapy", "twisted", "urllib3"})
"""First names of the loggers of libraries. Their settings, middlewares and statistics hide what became of the pages."""


class TextFormatter(logging.Formatter):
    """Formats a record as one line, without control characters from pages and servers; a traceback follows below."""

    def __init__(self) -> None:
        super().__init__(TEXT_FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the record's message as one line."""
        return to_one_line(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """Return the line and, if there is one, the traceback."""
        return strip_unprintable(super().format(record))


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object on one line.

    Keys: ``time`` (UTC, ISO 8601), ``level``, ``logger``, ``message``, those of :func:`build_log_fields`, and ``error``
    with the traceback if there is one.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a JSON object; values that JSON does not know are written as text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _format_message(record),
            **cast("Mapping[str, Any]", getattr(record, _FIELDS_ATTRIBUTE, {})),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = self.formatException(record.exc_info)
        return dump_safe_json(line, default=str)


def _format_message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # another library's record with wrong arguments: show it rather than lose it
        return f"{record.msg} {record.args!r} ({type(error).__name__})"


def build_log_fields(**values: Any) -> dict[str, dict[str, Any]]:
    """Build the ``extra=`` of a log call: its fields become keys in JSON and are left out of text.

    >>> logging.getLogger("crawl").info("stored %s", "a page", extra=build_log_fields(outcome="stored", ms=120))
    """
    return {_FIELDS_ATTRIBUTE: values}


def build_page_fields(url: str, outcome: str, source: str, milliseconds: int) -> dict[str, dict[str, Any]]:
    """Build the fields of a page's log record: URL, outcome, source and milliseconds of the fetch."""
    return build_log_fields(url=url, outcome=outcome, source=source, ms=milliseconds)


def log_to_stderr(form: LogFormat, level: str, stream: TextIO | None = None) -> logging.Handler:
    """Log to standard error. Of Scrapy, Twisted and other libraries, only warnings and errors, unless at level DEBUG.

    Scrapy's setting ``LOG_INSTALL_ROOT_HANDLER`` must be off. The handler of an earlier call is replaced.

    Args:
        form: ``"text"`` or ``"json"``.
        level: the name of the lowest level to log, e.g. ``"INFO"``.
        stream: where to write; standard error by default.
    """
    handler = _StderrHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    handler.setLevel(level)
    if handler.level > logging.DEBUG:
        handler.addFilter(is_worth_logging)
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one, _StderrHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    return handler


def is_worth_logging(record: logging.LogRecord) -> bool:
    """Return whether a record is our own, one of a user's spider, or at least a warning.

    >>> names = "crawler.session", "scrapy.core.engine"
    >>> [is_worth_logging(logging.makeLogRecord({"name": name, "levelno": logging.INFO})) for name in names]
    [True, False]
    """
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _LIBRARIES


class _StderrHandler(logging.StreamHandler[TextIO]):
    """The handler that :func:`log_to_stderr` installs, to be recognised by its type."""
