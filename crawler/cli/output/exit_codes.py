"""Exit codes, and which errors are the user's to put right."""

from cleaning.cli import runtime
from cleaning.cli.runtime import EXIT_INTERRUPTED, EXIT_UNWRITABLE, EXIT_USAGE

__all__ = [
    "BUSY",
    "EXIT_INTERRUPTED",
    "EXIT_USAGE",
    "MissingExtra",
    "OutputFailed",
    "explain_missing",
    "find_exit_code",
]

BUSY = 75
"""Another crawl holds the lock: EX_TEMPFAIL of sysexits.h, "try again later"."""

_MISSING_EXTRAS = {"rich", "scrapy", "sqlalchemy", "alembic", "twisted", "rensa"}


class MissingExtra(Exception):  # noqa: N818 - reads as what is the matter
    """A command needs packages that the base install does not have."""


class OutputFailed(Exception):  # noqa: N818
    """What a command writes could not be written to its end: the disk is full, and the like."""


def find_exit_code(error: Exception) -> int | None:
    """The exit code of an error that a user can put right; ``None`` where it is a bug.

    >>> from storage import CorpusBusy
    >>> find_exit_code(CorpusBusy("another crawl is running")), find_exit_code(KeyError("x"))
    (75, None)
    """
    from crawler.config.models import ConfigError
    from storage import errors

    codes: dict[type[Exception], int] = {
        errors.CorpusNotFound: 10,
        errors.NotACorpus: 11,
        errors.CorpusTooNew: 12,
        errors.CorpusLocked: 13,
        errors.CorpusReadOnly: 14,
        errors.ArticleNotFound: 15,
        errors.SavedQueryNotFound: 15,
        errors.CorpusLost: 16,
        errors.DiskFailed: EXIT_UNWRITABLE,
        errors.CorpusBusy: BUSY,
        errors.CorpusError: EXIT_USAGE,
        ConfigError: EXIT_USAGE,
        MissingExtra: EXIT_USAGE,
        OutputFailed: EXIT_UNWRITABLE,
    }
    return next((code for kind, code in codes.items() if isinstance(error, kind)), runtime.find_exit_code(error))


def explain_missing(error: ModuleNotFoundError) -> Exception:
    """The sentence for a module that comes with an extra; any other missing module is a bug."""
    if error.name and error.name.partition(".")[0] in _MISSING_EXTRAS:
        return MissingExtra(f"this command needs {error.name}: in Cleanwire's folder, pip install '.[crawl]'")
    return error
