"""Exit codes of ``cleanwire``, and the errors that the user can fix."""

from cleaning.cli import runtime
from cleaning.cli.runtime import EXIT_INTERRUPTED, EXIT_UNWRITABLE, EXIT_USAGE

__all__ = [
    "EXIT_BUSY",
    "EXIT_INTERRUPTED",
    "EXIT_USAGE",
    "MissingExtra",
    "OutputFailed",
    "explain_missing",
    "find_exit_code",
]

EXIT_BUSY = 75
"""Another crawl holds the lock: EX_TEMPFAIL in sysexits.h, "try again later"."""

# Packages that the extra "crawl" installs, Twisted with Scrapy; the base install has the cleaner only.
_MISSING_EXTRAS = {"rich", "scrapy", "sqlalchemy", "alembic", "twisted", "rensa"}


class MissingExtra(Exception):  # noqa: N818 - named by the problem
    """A command needs a package that the base install does not have.

    The message is a sentence that names the package and how to install it.
    """


class OutputFailed(Exception):  # noqa: N818
    """The output of a command could not be written completely, for example because the disk is full.

    The message is a sentence that names the output and the reason.
    """


def find_exit_code(error: Exception) -> int | None:
    """Return the exit code for an error that the user can fix; ``None`` if the error is a bug.

    >>> from storage import CorpusBusy
    >>> find_exit_code(CorpusBusy("another crawl is running")), find_exit_code(KeyError("x"))
    (75, None)
    """
    from crawler.config.models import ConfigError
    from storage import errors

    # In this order: the first match counts, and CorpusError is the base class of the other errors of the corpus.
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
        errors.CorpusBusy: EXIT_BUSY,
        errors.CorpusError: EXIT_USAGE,
        ConfigError: EXIT_USAGE,
        MissingExtra: EXIT_USAGE,
        OutputFailed: EXIT_UNWRITABLE,
    }
    return next((code for kind, code in codes.items() if isinstance(error, kind)), runtime.find_exit_code(error))


def explain_missing(error: ModuleNotFoundError) -> Exception:
    """Return a `MissingExtra` for a module that an extra installs; any other error is a bug and is returned as it is.

    The caller raises the result.
    """
    if error.name and error.name.partition(".")[0] in _MISSING_EXTRAS:
        return MissingExtra(f"this command requires {error.name}; run pip install '.[crawl]' in Cleanwire's folder")
    return error
