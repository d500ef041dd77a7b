"""Logs as JSON, one object a line, for those who collect them."""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO, cast

from cleaning.output.safe_text import dump_safe_json, strip_unprintable, to_one_line

LogFormat = Literal["text", "json"]

TEXT_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIELDS_ATTRIBUTE: Final = "fields"


class TextFormatter(logging.Formatter):
    """A record as one line, with what strangers wrote in it as text; a traceback below it, where there is one."""

    def __init__(self) -> None:
        super().__init__(TEXT_FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The line."""
        return to_one_line(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """The whole."""
        return strip_unprintable(super().format(record))


class JsonFormatter(logging.Formatter):
    """A record as one line: ``time`` (UTC, ISO 8601), ``level``, ``logger``, ``message``, what `fields` added, and
    ``error`` with the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON object, whatever is in it."""
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
    except Exception as error:  # a record of somebody else's, with arguments that do not fit: better told than lost
        return f"{record.msg} {record.args!r} ({type(error).__name__})"


def build_log_fields(**values: Any) -> dict[str, dict[str, Any]]:
    """Fields of a record, for ``extra=``: they are keys of their own in JSON, and left out of text.

    >>> logging.getLogger("crawl").info("stored %s", "a page", extra=build_log_fields(outcome="stored", ms=120))
    """
    return {_FIELDS_ATTRIBUTE: values}


def build_page_fields(url: str, outcome: str, source: str, milliseconds: int) -> dict[str, dict[str, Any]]:
    """The fields of a page's record."""
    return build_log_fields(url=url, outcome=outcome, source=source, ms=milliseconds)


def log_to_stderr(form: LogFormat, level: str, stream: TextIO | None = None) -> logging.Handler:
    """Log everything from that level on to standard error, Scrapy's and Twisted's records included.

    Scrapy must be told to leave the root logger alone: by its setting ``LOG_INSTALL_ROOT_HANDLER``. A handler that an
    earlier call has put there is replaced.
    """
    handler = _StderrHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    handler.setLevel(level)
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one, _StderrHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    return handler


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Ours."""
